"""Uses pictures of stripes, whose class is their direction, which gray shows and early layers detect."""

import json
import tarfile
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from tests.training.tiny_encoder import TinyEncoder
from training.commands.probe import label_sources, main
from training.data.labelled import read_labelled
from training.scores import probing
from worker.colorizer.checkpoint import CheckpointInfo, save_checkpoint
from worker.colorizer.network import Generator, GeneratorConfig

STAGE = {
    "name": "reconstruct",
    "select": "cautious ciede2000",
    "weights": {"cautious_perceptual": 0.0, "vivid_perceptual": 0.0, "feature_adversarial": 0.0},
}


def _training(**parts):
    stage = STAGE | {"weights": STAGE["weights"] | parts.pop("weights", {})} | parts.pop("stage", {})
    return {"backbone": None, "init": None, "recipe": {"stages": [stage]}} | parts


def _stripes(random, *, across):
    place = np.mgrid[0:64, 0:64][int(across)] / random.uniform(3, 5) + random.uniform(0, 6)
    tone = 128 + 100 * np.sin(place) + random.normal(0, 20, (64, 64))
    tint = random.uniform(0.5, 1, 3)
    return Image.fromarray((tone.clip(0, 255)[..., None] * tint).astype(np.uint8))


@pytest.fixture(scope="module")
def classes(tmp_path_factory):
    """`train/CLASS/…` and `val/CLASS/…`, with a broken file and a stray one."""
    folder, random = tmp_path_factory.mktemp("classes"), np.random.default_rng(0)
    for split, count in (("train", 12), ("val", 6)):
        for label, across in (("falling", True), ("lying", False)):
            (folder / split / label).mkdir(parents=True)
            for number in range(count):
                _stripes(random, across=across).save(folder / split / label / f"{number}.png")
    (folder / "train" / "lying" / "broken.png").write_bytes(b"no picture")
    _stripes(random, across=True).save(folder / "stray.png")
    return folder


@pytest.fixture
def options(classes, tmp_path, monkeypatch):
    monkeypatch.setattr(probing, "NUMBERS", 200)
    monkeypatch.setattr(probing, "DECAYS", (1e-2, 1e-3))
    network = ["--encoder", "tiny", "--size", "64", "--threads", "1", "--seeds", "2"]
    return ["--data", str(classes), "--output", str(tmp_path), *network]


def _checkpoint(folder, name, **training):
    torch.manual_seed(1)
    config = GeneratorConfig(decoder_channels=(16, 16, 16, 16), encoder="tiny")
    return save_checkpoint(folder, CheckpointInfo(name, config, training=training), Generator(config))


def test_every_row_is_probed_at_every_stage_with_every_share_of_labels(options, tmp_path, capsys):
    first, second = (_checkpoint(tmp_path, name, **_training()) for name in ("first", "second"))
    published = tmp_path / "published.safetensors"
    save_file(TinyEncoder().state_dict(), published)
    rows = ["--row", f"colorized={first},{second}", "--backbone", str(published)]

    assert main([*options, *rows]) == 0

    results = json.loads((tmp_path / "probe.json").read_text())["rows"]
    assert list(results) == ["random", "colorized", "supervised"]
    for numbers in results.values():
        assert len(numbers) == 4 * (3 + 3)
        assert {len(values) for values in numbers.values()} == {2}
        assert min(numbers["linear stride 4 labels 1"]) > 60
        assert all(0 <= value <= 100 for values in numbers.values() for value in values)
    printed = capsys.readouterr().out
    assert "24 training and 12 validation pictures" in printed
    assert "| supervised | backbone published |" in printed
    assert "colorized, trained without labels, is " in printed


def test_the_same_seeds_give_the_same_numbers(options, tmp_path):
    assert main(options) == 0
    first = (tmp_path / "probe.json").read_text()

    assert main(options) == 0

    assert (tmp_path / "probe.json").read_text() == first


@pytest.mark.parametrize(
    ("training", "sources"),
    [
        (_training(), ""),
        ({}, "unknown: nothing recorded"),
        (_training(backbone="mobilenetv2"), "backbone mobilenetv2"),
        (_training(init="base"), "unknown: started from base"),
        (_training(weights={"vivid_perceptual": 1.0}), "features in the loss of reconstruct"),
        (_training(stage={"select": "vivid frechet"}), "features that selected the weights of reconstruct"),
    ],
)
def test_how_labels_reached_a_colorizer_is_read_from_its_record(training, sources):
    assert label_sources(replace(CheckpointInfo("any", GeneratorConfig()), training=training)) == sources


def test_a_row_that_labels_reached_does_not_count_as_unlabelled(options, tmp_path, capsys):
    checkpoint = _checkpoint(tmp_path, "tuned", **_training(backbone="mobilenetv2"))

    assert main([*options, "--row", f"tuned={checkpoint}"]) == 0

    printed = capsys.readouterr().out
    assert "| tuned | backbone mobilenetv2 |" in printed
    assert "No row learned to colorize without labels." in printed


def test_a_table_labels_the_pictures_of_a_shard(classes, tmp_path):
    lines = ["name,split,label"]
    with tarfile.open(tmp_path / "shard.tar", "w") as archive:
        for path in sorted(classes.rglob("*.png")):
            name = path.relative_to(classes).as_posix().replace("/", "-")
            archive.add(path, name)
            lines += [",".join([name, *name.split("-")[:2]])] * ("-" in name)
    (tmp_path / "labels.csv").write_text("\n".join(lines))

    by_folder = read_labelled(classes, None, size=32)
    by_table = read_labelled(tmp_path / "shard.tar", tmp_path / "labels.csv", size=32)

    for left, right in zip(by_folder, by_table, strict=True):
        assert torch.equal(left.lightness, right.lightness)
        assert torch.equal(left.labels, right.labels)
    assert by_folder[0].labels.bincount().tolist() == [12, 12]


@pytest.mark.parametrize("table", ["name,split\na.png,train", "name,split,label\nstray.png,train,falling"])
def test_incomplete_labels_are_refused(options, tmp_path, capsys, table):
    (tmp_path / "labels.csv").write_text(table)

    assert main([*options, "--labels", str(tmp_path / "labels.csv")]) == 2

    assert capsys.readouterr().err.startswith("probe: ")


@pytest.mark.parametrize("row", ["colorized", "=a.safetensors", "colorized=absent.safetensors"])
def test_an_invalid_row_is_refused(options, capsys, row):
    assert main([*options, "--row", row]) == 2

    assert capsys.readouterr().err.startswith("probe: ")
