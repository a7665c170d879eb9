import csv
import json
import re
import shutil

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save, save_file

from training.commands import evaluate
from training.commands.evaluate import main
from training.networks.squeezenet import SqueezeNet
from training.scores.lpips import LPIPS
from worker.colorizer.checkpoint import CheckpointInfo, load_checkpoint, save_checkpoint
from worker.colorizer.network import Generator, GeneratorConfig


def _untrained(folder, name, *, seed):
    torch.manual_seed(seed)
    config = GeneratorConfig(decoder_channels=(16, 16, 16, 16))
    return save_checkpoint(folder, CheckpointInfo(name, config), Generator(config))


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    return _untrained(tmp_path_factory.mktemp("run"), "best", seed=0)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return _untrained(tmp_path_factory.mktemp("models"), "base", seed=1)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A folder with untrained weights of the networks that score, named like the published files."""
    folder = tmp_path_factory.mktemp("weights")
    torch.manual_seed(0)
    lpips = LPIPS()
    save_file(lpips.features.state_dict(), folder / "alexnet_features.safetensors")
    heads = {f"lin{number}.model.1.weight": torch.rand_like(weight) for number, weight in enumerate(lpips.weights)}
    save_file(heads, folder / "lpips_alex_lin.safetensors")
    save_file(SqueezeNet().state_dict(), folder / "squeezenet.safetensors")
    return folder


@pytest.fixture
def names(tmp_path):
    path = tmp_path / "names.txt"
    path.write_text("03.png\n05.png\nbroken.png\ngray.png\n")
    return path


@pytest.fixture
def options(folder, names, tmp_path):
    return ["--data", str(folder), "--names", str(names), "--output", str(tmp_path / "scores"), "--threads", "1"]


def _scores(tmp_path):
    return json.loads((tmp_path / "scores" / "scores.json").read_text())


def test_the_rows_run_from_gray_to_truth(checkpoint, options, tmp_path):
    assert main([str(checkpoint), *options]) == 0

    rows = _scores(tmp_path)["rows"]
    assert list(rows) == ["gray", "vividness 0", "vividness 1", "truth"]
    assert rows["gray"]["colorfulness_ratio"] == 0
    assert rows["truth"]["colorfulness_ratio"] == pytest.approx(1, abs=0.05)
    assert rows["truth"]["psnr"] > rows["gray"]["psnr"]
    assert rows["truth"]["ciede2000"] < rows["gray"]["ciede2000"]
    lines = csv.DictReader((tmp_path / "scores" / "pictures.csv").read_text().splitlines())
    assert {line["name"] for line in lines} == {"03.png", "05.png"}
    assert (tmp_path / "scores" / "sheet.jpg").stat().st_size > 1000


def test_each_requested_vividness_has_a_row(checkpoint, options, tmp_path, capsys):
    assert main([str(checkpoint), *options, "--vividness", "0.5", "1.5"]) == 0
    rows = _scores(tmp_path)["rows"]
    assert list(rows) == ["gray", "vividness 0.5", "vividness 1.5", "truth"]
    assert rows["vividness 0.5"]["colorfulness"] < rows["vividness 1.5"]["colorfulness"]

    assert main([str(checkpoint), *options, "--vividness", "3"]) == 2
    assert "vividness must lie in 0..1.5" in capsys.readouterr().err


def test_unreadable_and_gray_photographs_are_left_out_and_counted(checkpoint, options, tmp_path, capsys):
    assert main([str(checkpoint), *options]) == 0

    scores = _scores(tmp_path)
    assert scores["pictures"] == 2
    assert scores["left_out"] == {"not readable": 1, "no color": 1}
    assert "left out: 1 not readable, 1 no color" in capsys.readouterr().out


def _networks(weights):
    return ["--lpips", str(weights), "--frechet", str(weights / "squeezenet.safetensors")]


def test_each_network_adds_its_columns(checkpoint, options, weights, tmp_path):
    assert main([str(checkpoint), *options, *_networks(weights)]) == 0

    rows = _scores(tmp_path)["rows"]
    assert rows["truth"]["lpips"] < rows["gray"]["lpips"]
    assert rows["truth"]["frechet_to_gray"] < 1
    assert rows["gray"]["frechet_to_gray"] == 1


def test_at_full_resolution_pictures_are_as_large_as_the_photographs(checkpoint, options, tmp_path):
    assert main([str(checkpoint), *options, "--full"]) == 0

    scores = _scores(tmp_path)
    assert scores["size"] == "full"
    assert scores["rows"]["truth"]["psnr"] > scores["rows"]["vividness 1"]["psnr"]
    assert scores["rows"]["gray"]["colorfulness"] == 0


def test_another_methods_outputs_have_a_row(checkpoint, options, folder, names, tmp_path):
    """The outputs are the originals themselves in another format; one of the three is missing."""
    names.write_text("03.png\nmore/11.jpg\n07.png\n")
    theirs = tmp_path / "theirs"
    (theirs / "more").mkdir(parents=True)
    shutil.copy(folder / "03.png", theirs)
    Image.open(folder / "more" / "11.jpg").resize((64, 48)).save(theirs / "more" / "11.png")

    assert main([str(checkpoint), *options, "--outputs", str(theirs)]) == 0

    scores = _scores(tmp_path)
    assert list(scores["rows"]) == ["gray", "vividness 0", "vividness 1", "theirs", "truth"]
    assert scores["rows"]["theirs"]["psnr"] > scores["rows"]["truth"]["psnr"]
    assert scores["left_out"] == {"without a picture in theirs": 1}


@pytest.mark.parametrize("full", [[], ["--full"]])
def test_outputs_are_scored_without_a_checkpoint_too(options, folder, tmp_path, full):
    theirs = tmp_path / "gray ones"
    theirs.mkdir()
    for name in ("03.png", "05.png"):
        Image.open(folder / name).convert("L").save(theirs / name)

    assert main([*options, "--outputs", str(theirs), *full]) == 0

    scores = _scores(tmp_path)
    assert list(scores["rows"]) == ["gray", "gray ones", "truth"]
    assert scores["checkpoint"] is None
    assert scores["rows"]["gray ones"]["psnr"] == pytest.approx(scores["rows"]["gray"]["psnr"], abs=0.3)


def test_the_report_is_self_contained(checkpoint, options, tmp_path):
    assert main([str(checkpoint), *options]) == 0

    page = (tmp_path / "scores" / "report.html").read_text()
    assert set(re.findall(r'src="([^"]{0,22})', page)) == {"data:image/jpeg;base64"}
    assert "http" not in page
    assert "<dt>left out</dt><dd>1 not readable, 1 no color</dd>" in page
    assert "<td>vividness 1</td>" in page


def test_the_report_states_what_was_scored_on_which_photographs_and_when(checkpoint, base, options, folder, tmp_path):
    assert main([str(checkpoint), str(base), *options]) == 0

    page = (tmp_path / "scores" / "report.html").read_text()
    title = f"Scores of {checkpoint.with_suffix('')} and {base.with_suffix('')} on {folder.name}"
    assert f"<title>{title}</title>" in page
    facts = dict(re.findall(r"<dt>(.*)</dt><dd>(.*)</dd>", page))
    sha256 = load_checkpoint(base).sha256
    assert facts["checkpoint base"] == f"{base}, SHA-256 {sha256}"
    assert facts["photographs"] == f"2 of {folder}, listed in {tmp_path / 'names.txt'}"
    assert re.fullmatch(r"20\d\d-\d\d-\d\d \d\d:\d\d UTC", facts["scored"])
    assert "best near 1" in facts["colorfulness / original"]
    assert "Best of base vividness 1 by ΔE00" in page


def test_the_report_explains_every_column(checkpoint, options, weights, tmp_path):
    assert main([str(checkpoint), *options, *_networks(weights)]) == 0

    page = (tmp_path / "scores" / "report.html").read_text()
    columns = re.findall(r"<th>([^<]+)</th>", page)
    assert len(columns) == len(_scores(tmp_path)["rows"]["gray"])
    assert set(columns) <= set(re.findall(r"<dt>(.*)</dt>", page))
    assert "_" not in "".join(columns)


def test_the_report_shows_the_best_first_and_the_worst_last(options, names, folder, tmp_path):
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    names.write_text("03.png\n05.png\n07.png\n")
    for name, strength in (("03.png", 0.2), ("05.png", 0.8), ("07.png", 0.5)):
        original = np.asarray(Image.open(folder / name)).astype(float)
        gray = original.mean(axis=-1, keepdims=True)
        Image.fromarray((gray + strength * (original - gray)).astype(np.uint8)).save(theirs / name)

    assert main([*options, "--outputs", str(theirs)]) == 0

    page = (tmp_path / "scores" / "report.html").read_text()
    scored = {
        line["name"]: float(line["ciede2000"])
        for line in csv.DictReader((tmp_path / "scores" / "pictures.csv").read_text().splitlines())
        if line["row"] == "theirs"
    }
    expected = sorted(scored, key=scored.get)
    assert re.findall(r"<figcaption>(\S+):", page) == [*expected, *expected[::-1]]


def test_nothing_to_score_is_an_error(checkpoint, options, names, capsys):
    names.write_text("elsewhere.png")

    assert main([str(checkpoint), *options]) == 2

    assert "no photograph" in capsys.readouterr().err


@pytest.mark.parametrize(("outputs", "message"), [([], "nothing to score"), (["truth"], "rows need unique names")])
def test_no_rows_or_rows_of_one_name_are_refused(options, tmp_path, capsys, outputs, message):
    assert main([*options, *(part for name in outputs for part in ("--outputs", str(tmp_path / name)))]) == 2

    assert message in capsys.readouterr().err


def test_names_may_have_spaces_and_umlauts(checkpoint, options, folder, names, tmp_path):
    odd = tmp_path / "photographs"
    odd.mkdir()
    shutil.copy(folder / "03.png", odd / "Foto Nr. 42 ä.png")
    names.write_text("Foto Nr. 42 ä.png\n")

    assert main([str(checkpoint), *options, "--data", str(odd)]) == 0

    assert _scores(tmp_path)["pictures"] == 1


def test_several_checkpoints_are_compared_by_name(checkpoint, base, options, tmp_path):
    assert main([str(checkpoint), *options]) == 0
    alone = _scores(tmp_path)

    assert main([str(checkpoint), str(base), *options]) == 0

    scores = _scores(tmp_path)
    assert list(scores["rows"]) == [
        "gray", "best vividness 0", "best vividness 1", "base vividness 0", "base vividness 1", "truth"
    ]  # fmt: skip
    assert scores["rows"]["best vividness 1"] == alone["rows"]["vividness 1"]
    assert scores["rows"]["base vividness 1"] != scores["rows"]["best vividness 1"]
    hashes = {path.stem: load_checkpoint(path).sha256 for path in (checkpoint, base)}
    assert (scores["checkpoint"], scores["checkpoints"]) == (None, hashes)
    assert (alone["checkpoint"], alone["checkpoints"]) == (hashes["best"], {"best": hashes["best"]})


def test_checkpoints_of_the_same_name_are_compared_by_path(checkpoint, base, options, tmp_path):
    for file in (checkpoint, checkpoint.with_suffix(".json")):
        shutil.copy(file, tmp_path)
    again = tmp_path / checkpoint.name

    assert main([*options, "--full", "--vividness=1", str(checkpoint), str(again), str(base)]) == 0

    names = [f"{path.with_suffix('')}" for path in (checkpoint, again)] + ["base"]
    assert list(_scores(tmp_path)["checkpoints"]) == names
    assert list(_scores(tmp_path)["rows"])[1:-1] == [f"{name} vividness 1" for name in names]


def test_the_same_checkpoint_twice_is_refused(checkpoint, options, capsys):
    assert main([str(checkpoint), str(checkpoint), *options]) == 2

    assert "rows need unique names" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "file", "message"),
    [
        ("--frechet", "squeezenet.safetensors", "SqueezeNet 1.1"),
        ("--inception", "inception.safetensors", "Inception v3"),
        ("--lpips", "lpips_alex_lin.safetensors", "LPIPS on AlexNet"),
        ("--lpips", "alexnet_features.safetensors", "AlexNet's features"),
    ],
)
@pytest.mark.parametrize("content", [b"not safetensors", save({"another.weight": torch.zeros(1)})])
def test_files_without_the_weights_are_refused(
    checkpoint, options, weights, tmp_path, capsys, option, file, message, content
):
    folder = tmp_path / "weights"
    shutil.copytree(weights, folder)
    (folder / file).write_bytes(content)
    named = {"--lpips": folder}.get(option, folder / file)

    assert main([str(checkpoint), *options, option, str(named)]) == 2

    assert capsys.readouterr().err == (
        f"evaluate: {folder / file} does not hold the weights of {message} as safetensors\n"
    )


def test_a_folder_instead_of_a_weights_file_is_refused(checkpoint, options, weights, capsys):
    assert main([str(checkpoint), *options, "--frechet", str(weights)]) == 2

    assert "does not hold the weights of SqueezeNet" in capsys.readouterr().err


def test_an_output_folder_that_is_not_writable_is_refused_before_scoring(
    checkpoint, options, names, monkeypatch, capsys
):
    monkeypatch.delattr(evaluate, "score")

    assert main([str(checkpoint), *options, "--output", str(names / "scores")]) == 2

    assert "Not a directory" in capsys.readouterr().err
