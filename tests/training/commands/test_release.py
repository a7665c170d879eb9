import hashlib
import json
from dataclasses import replace

import pytest
from safetensors.torch import load_file, save_file

from api.models.catalogue import Catalogue
from tests.fixtures.hub import hub_snapshot
from training.commands.evaluate import main as evaluate
from training.commands.release import main
from worker.colorizer.checkpoint import CheckpointInfo, load_checkpoint, save_checkpoint

__all__ = ["hub_snapshot"]

FINETUNED = {"init": "base", "photographs": 1219}


@pytest.fixture
def run(tiny, tmp_path):
    """The checkpoint of a run that finetuned `base`, with the tiny network."""
    checkpoint = load_checkpoint(tiny)
    return save_checkpoint(
        tmp_path / "run", replace(checkpoint.info, name="best", training=FINETUNED), checkpoint.generator
    )


@pytest.fixture
def models(tmp_path):
    return tmp_path / "models"


@pytest.fixture
def release(run, models):
    """`release("--gain", 1.2)` releases the run's checkpoint as `mine`, unless another checkpoint or name is given."""

    def called(*options, of=run, name="mine"):
        return main([str(of), "--name", name, "--to", str(models), *map(str, options)])

    return called


@pytest.fixture
def scores(run, tmp_path):
    """`scores("kodak")` writes a `scores.json` like `training evaluate`, by default for the run's checkpoint."""

    def written(folder, **changes):
        path = tmp_path / folder / "scores.json"
        path.parent.mkdir(exist_ok=True)
        document = {"name": "best", "checkpoint": load_checkpoint(run).sha256, "pictures": 12, "rows": {}}
        path.write_text(json.dumps(document | changes))
        return path

    return written


def released(models, name="mine"):
    return load_checkpoint(models / f"{name}.safetensors")


def test_a_released_checkpoint_has_its_name_calibration_scores_and_description(release, run, models, scores):
    assert release("--gain", 1.2, "--scores", scores("kodak"), "--description", "For Venice.") == 0

    loaded = released(models)
    assert loaded.info.name == "mine"
    assert loaded.info.calibration.gain == 1.2
    assert loaded.info.metrics["kodak"]["pictures"] == 12
    assert loaded.info.description == "For Venice."
    assert loaded.sha256 == load_checkpoint(run).sha256


def test_a_missing_checkpoint_is_refused(release, tmp_path, capsys):
    assert release(of=tmp_path / "absent.safetensors") == 2

    assert "absent.json" in capsys.readouterr().err


def test_a_model_is_released_from_the_hub_too(release, tiny, hub_snapshot, models):
    for file in (tiny, tiny.with_suffix(".json")):
        (hub_snapshot / f"model{file.suffix}").write_bytes(file.read_bytes())

    assert release(of="hf://museum/colors/model.safetensors") == 0

    assert released(models).sha256 == load_checkpoint(tiny).sha256


@pytest.mark.parametrize("leftover", [".json", ".safetensors"])
def test_a_model_of_that_name_is_overwritten_only_with_replace(release, models, capsys, leftover):
    models.mkdir()
    there = models / f"mine{leftover}"
    there.write_text("precious")

    assert release() == 2
    assert "--replace" in capsys.readouterr().err
    assert [path.read_text() for path in models.iterdir()] == ["precious"]

    assert release("--replace") == 0
    assert released(models).info.name == "mine"


def test_replaced_weights_are_kept_for_jobs_that_were_accepted_with_them(release, run, models, tmp_path, capsys):
    release()
    before, other = released(models).sha256, load_checkpoint(run)
    next(other.generator.parameters()).data += 1
    changed = save_checkpoint(tmp_path / "other", replace(other.info, name="other"), other.generator)

    assert release("--replace", of=changed) == 0
    assert load_checkpoint(models / "replaced" / before[:12] / "mine.safetensors").sha256 == before
    assert "the earlier weights are kept in" in capsys.readouterr().out

    assert release("--replace", of=changed) == 0
    assert [path.name for path in (models / "replaced").iterdir()] == [before[:12]]


def test_an_existing_model_is_reported_with_its_sha256(release, models, capsys):
    release()

    assert release() == 2

    assert f"already exists, with SHA-256 {released(models).sha256[:12]}…" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["../evil", "", "my model"])
def test_an_invalid_model_name_is_refused(release, tmp_path, capsys, name):
    assert release(name=name) == 2

    assert "Invalid model name" in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} == {"run"}


@pytest.mark.parametrize(("option", "value"), [("temperature", 9), ("share", 7), ("gain", -3), ("least-share", 1.1)])
def test_a_calibration_out_of_range_is_refused(release, models, capsys, option, value):
    assert release(f"--{option}", value) == 2

    assert f"{option.replace('-', '_')} must be a number from" in capsys.readouterr().err
    assert not models.exists()


def test_another_gain_forgets_the_gain_beyond_it(release, models):
    release("--gain", 1.1, "--most-gain", 1.4)
    assert released(models).info.calibration.most_gain == 1.4

    assert release("--gain", 1.3, of=models / "mine.safetensors", name="livelier") == 0

    assert released(models, "livelier").info.calibration.most_gain is None


def test_scores_of_other_weights_are_refused(release, run, models, scores, capsys):
    path = scores("kodak", name="base", checkpoint="65f2" * 16)

    assert release("--scores", path) == 2

    message = capsys.readouterr().err
    assert f"{path} must score the weights {load_checkpoint(run).sha256[:12]}…" in message
    assert "but scores base (SHA-256 65f265f265f2…)" in message
    assert not models.exists()


@pytest.mark.parametrize(
    ("compared", "others"),
    [
        ({}, "no checkpoint"),
        ({"base": "65f2" * 16, "sea": "9f86" * 16}, "base (SHA-256 65f265f265f2…), sea (SHA-256 9f8"),
    ],
)
def test_a_comparison_without_the_checkpoint_is_refused(release, scores, capsys, compared, others):
    assert release("--scores", scores("kodak", checkpoint=None, checkpoints=compared)) == 2

    assert f"but scores {others}" in capsys.readouterr().err


def test_a_comparison_with_the_checkpoint_twice_is_refused(release, run, scores, capsys):
    sha256 = load_checkpoint(run).sha256

    assert release("--scores", scores("kodak", checkpoint=None, checkpoints={"a": sha256, "b": sha256})) == 2

    assert "exactly once, but scores a (" in capsys.readouterr().err


def test_a_comparison_is_reduced_to_the_checkpoints_rows(release, run, models, folder, tmp_path):
    output = tmp_path / "compared"
    options = ["--data", str(folder), "--vividness", "0", "--output", str(output), "--threads", "1"]
    base = models / "base.safetensors"
    assert release(of="models/base.safetensors", name="base") == 0
    assert evaluate([str(base), str(run), *options]) == 0
    assert {"base vividness 0", "best vividness 0"} < json.loads((output / "scores.json").read_text())["rows"].keys()

    assert release("--scores", output / "scores.json") == 0

    scored = released(models).info.metrics["compared"]
    assert list(scored["rows"]) == ["gray", "vividness 0", "truth"]
    assert scored["checkpoints"] == {"best": load_checkpoint(run).sha256}


def test_scores_of_the_run_and_of_the_released_checkpoint_are_both_accepted(release, tiny, models, scores, tmp_path):
    run = tmp_path / "elsewhere" / "best.safetensors"
    run.parent.mkdir()
    save_file({key: tensor.float() for key, tensor in load_file(tiny).items()}, run)
    unpacked = hashlib.sha256(run.read_bytes()).hexdigest()
    card = json.loads(tiny.with_suffix(".json").read_text())
    card["weights"] |= {"bytes": run.stat().st_size, "sha256": unpacked}
    run.with_suffix(".json").write_text(json.dumps(card))

    assert release("--scores", scores("a", checkpoint=unpacked), of=run) == 0
    packed = released(models).sha256
    assert packed != unpacked
    assert release("--scores", scores("b", checkpoint=packed), "--replace", of=run) == 0

    assert {"a", "b"} <= released(models).info.metrics.keys()


@pytest.mark.parametrize("content", ["name,row,psnr\n", "[]", '{"psnr": 24}'])
def test_a_file_other_than_scores_json_is_refused(release, tmp_path, capsys, content):
    path = tmp_path / "pictures.csv"
    path.write_text(content)

    assert release("--scores", path) == 2

    assert f"{path} is not a scores.json of training evaluate" in capsys.readouterr().err


def test_another_release_of_the_same_weights_keeps_scores_and_description(release, models, scores, capsys):
    release("--scores", scores("kodak"), "--description", "For Venice.")
    capsys.readouterr()

    assert release("--replace", "--scores", scores("bsds")) == 0

    info = released(models).info
    assert {"kodak", "bsds"} <= info.metrics.keys()
    assert info.description == "For Venice."
    assert "Dropped" not in capsys.readouterr().out


def test_another_calibration_drops_the_scores_measured_before(release, models, scores, capsys):
    release("--scores", scores("kodak"))
    capsys.readouterr()

    assert release("--replace", "--gain", 1.5, of=models / "mine.safetensors") == 0

    assert "kodak" not in released(models).info.metrics
    printed = capsys.readouterr().out
    assert "Dropped scores of other weights or another calibration: kodak" in printed
    assert "gain 1.5" in printed
    assert "(was: temperature 0.5, share 0.5, gain 1," in printed


def test_other_weights_drop_the_scores_of_the_earlier_ones(release, run, models, scores, capsys):
    release("--scores", scores("kodak"))
    checkpoint = load_checkpoint(run)
    next(checkpoint.generator.parameters()).data.add_(1.0)
    other = save_checkpoint(run.parent, CheckpointInfo("other", checkpoint.info.generator), checkpoint.generator)
    capsys.readouterr()

    assert release("--replace", of=other) == 0

    assert released(models).info.metrics == {}
    assert "another calibration: kodak" in capsys.readouterr().out


def test_scores_that_may_be_of_another_calibration_are_questioned(release, scores, models, capsys):
    release("--gain", 1.2, "--scores", scores("kodak"))
    assert "only if they were measured with this calibration" in capsys.readouterr().out

    release("--replace", "--scores", scores("kodak"), of=models / "mine.safetensors")
    assert "only if" not in capsys.readouterr().out


def test_a_finetuned_checkpoint_describes_its_origin(release, models):
    release()

    assert released(models).info.description == "Finetuned from base on 1,219 photographs."


@pytest.mark.parametrize(
    ("name", "default", "note"),
    [
        ("archive", "archive", "Jobs that name no model now use archive, the first by name of archive, base."),
        ("archive", "archive", "Set PHOTOCHROM_DEFAULT_MODEL=base for the gateway to use base"),
        ("base-2", "base", "Jobs that name no model use base, the first by name of base, base-2."),
        ("zoo", "base", "Set PHOTOCHROM_DEFAULT_MODEL=zoo for the gateway to use zoo"),
    ],
)
def test_it_prints_the_default_model_and_the_next_step(release, models, capsys, name, default, note):
    release(name="base")
    capsys.readouterr()

    assert release(name=name) == 0

    printed = capsys.readouterr().out
    assert note in printed
    assert f"photochrom submit FILE --model {name}" in printed
    assert Catalogue.read(models, None).default.name == default
