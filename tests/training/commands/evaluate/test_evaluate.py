import csv
import shutil

import pytest
import torch
from PIL import Image
from safetensors.torch import save

from training.commands import evaluate
from training.commands.evaluate import main
from worker.colorizer.checkpoint import load_checkpoint


def test_the_rows_run_from_gray_to_truth(checkpoint, options, tmp_path, scores):
    assert main([str(checkpoint), *options]) == 0

    rows = scores()["rows"]
    assert list(rows) == ["gray", "vividness 0", "vividness 1", "truth"]
    assert rows["gray"]["colorfulness_ratio"] == 0
    assert rows["truth"]["colorfulness_ratio"] == pytest.approx(1, abs=0.05)
    assert rows["truth"]["psnr"] > rows["gray"]["psnr"]
    assert rows["truth"]["ciede2000"] < rows["gray"]["ciede2000"]
    lines = csv.DictReader((tmp_path / "scores" / "pictures.csv").read_text().splitlines())
    assert {line["name"] for line in lines} == {"03.png", "05.png"}
    assert (tmp_path / "scores" / "sheet.jpg").stat().st_size > 1000


def test_each_requested_vividness_has_a_row(checkpoint, options, capsys, scores):
    assert main([str(checkpoint), *options, "--vividness", "0.5", "1.5"]) == 0
    rows = scores()["rows"]
    assert list(rows) == ["gray", "vividness 0.5", "vividness 1.5", "truth"]
    assert rows["vividness 0.5"]["colorfulness"] < rows["vividness 1.5"]["colorfulness"]

    assert main([str(checkpoint), *options, "--vividness", "3"]) == 2
    assert "vividness must lie in 0..1.5" in capsys.readouterr().err


def test_unreadable_and_gray_photographs_are_left_out_and_counted(checkpoint, options, capsys, scores):
    assert main([str(checkpoint), *options]) == 0

    evaluation = scores()
    assert evaluation["pictures"] == 2
    assert evaluation["left_out"] == {"not readable": 1, "no color": 1}
    assert "left out: 1 not readable, 1 no color" in capsys.readouterr().out


def test_each_network_adds_its_columns(checkpoint, options, scores, networks):
    assert main([str(checkpoint), *options, *networks]) == 0

    rows = scores()["rows"]
    assert rows["truth"]["lpips"] < rows["gray"]["lpips"]
    assert rows["truth"]["frechet_to_gray"] < 1
    assert rows["gray"]["frechet_to_gray"] == 1


def test_at_full_resolution_pictures_are_as_large_as_the_photographs(checkpoint, options, scores):
    assert main([str(checkpoint), *options, "--full"]) == 0

    evaluation = scores()
    assert evaluation["size"] == "full"
    assert evaluation["rows"]["truth"]["psnr"] > evaluation["rows"]["vividness 1"]["psnr"]
    assert evaluation["rows"]["gray"]["colorfulness"] == 0


def test_each_input_size_has_its_rows_and_times(checkpoint, options, capsys, scores):
    arguments = [str(checkpoint), *options, "--vividness", "1", "--input-size", "64", "256"]
    assert main([*arguments, "--full"]) == 0

    evaluation = scores()
    assert list(evaluation["rows"]) == ["gray", "64 px vividness 1", "256 px vividness 1", "truth"]
    assert evaluation["rows"]["64 px vividness 1"] != evaluation["rows"]["256 px vividness 1"]
    assert 0 < evaluation["milliseconds"]["64 px vividness 1"] < evaluation["milliseconds"]["256 px vividness 1"]
    assert "256 px vividness 1: median of" in capsys.readouterr().out

    assert main(arguments) == 2
    assert "--input-size is for --full alone" in capsys.readouterr().err


def test_another_methods_outputs_have_a_row(checkpoint, options, folder, names, tmp_path, scores):
    """The outputs are the originals themselves in another format; one of the three is missing."""
    names.write_text("03.png\nmore/11.jpg\n07.png\n")
    theirs = tmp_path / "theirs"
    (theirs / "more").mkdir(parents=True)
    shutil.copy(folder / "03.png", theirs)
    Image.open(folder / "more" / "11.jpg").resize((64, 48)).save(theirs / "more" / "11.png")

    assert main([str(checkpoint), *options, "--outputs", str(theirs)]) == 0

    evaluation = scores()
    assert list(evaluation["rows"]) == ["gray", "vividness 0", "vividness 1", "theirs", "truth"]
    assert evaluation["rows"]["theirs"]["psnr"] > evaluation["rows"]["truth"]["psnr"]
    assert evaluation["left_out"] == {"without a picture in theirs": 1}


@pytest.mark.parametrize("full", [[], ["--full"]])
def test_outputs_are_scored_without_a_checkpoint_too(options, folder, tmp_path, full, scores):
    theirs = tmp_path / "gray ones"
    theirs.mkdir()
    for name in ("03.png", "05.png"):
        Image.open(folder / name).convert("L").save(theirs / name)

    assert main([*options, "--outputs", str(theirs), *full]) == 0

    evaluation = scores()
    assert list(evaluation["rows"]) == ["gray", "gray ones", "truth"]
    assert evaluation["checkpoint"] is None
    assert evaluation["rows"]["gray ones"]["psnr"] == pytest.approx(evaluation["rows"]["gray"]["psnr"], abs=0.3)


def test_nothing_to_score_is_an_error(checkpoint, options, names, capsys):
    names.write_text("elsewhere.png")

    assert main([str(checkpoint), *options]) == 2

    assert "no photograph" in capsys.readouterr().err


@pytest.mark.parametrize(("outputs", "message"), [([], "nothing to score"), (["truth"], "rows need unique names")])
def test_no_rows_or_rows_of_one_name_are_refused(options, tmp_path, capsys, outputs, message):
    assert main([*options, *(part for name in outputs for part in ("--outputs", str(tmp_path / name)))]) == 2

    assert message in capsys.readouterr().err


def test_names_may_have_spaces_and_umlauts(checkpoint, options, folder, names, tmp_path, scores):
    odd = tmp_path / "photographs"
    odd.mkdir()
    shutil.copy(folder / "03.png", odd / "Foto Nr. 42 ä.png")
    names.write_text("Foto Nr. 42 ä.png\n")

    assert main([str(checkpoint), *options, "--data", str(odd)]) == 0

    assert scores()["pictures"] == 1


def test_several_checkpoints_are_compared_by_name(checkpoint, base, options, scores):
    assert main([str(checkpoint), *options]) == 0
    alone = scores()

    assert main([str(checkpoint), str(base), *options]) == 0

    evaluation = scores()
    assert list(evaluation["rows"]) == [
        "gray", "best vividness 0", "best vividness 1", "base vividness 0", "base vividness 1", "truth"
    ]  # fmt: skip
    assert evaluation["rows"]["best vividness 1"] == alone["rows"]["vividness 1"]
    assert evaluation["rows"]["base vividness 1"] != evaluation["rows"]["best vividness 1"]
    hashes = {path.stem: load_checkpoint(path).sha256 for path in (checkpoint, base)}
    assert (evaluation["checkpoint"], evaluation["checkpoints"]) == (None, hashes)
    assert (alone["checkpoint"], alone["checkpoints"]) == (hashes["best"], {"best": hashes["best"]})


def test_checkpoints_of_the_same_name_are_compared_by_path(checkpoint, base, options, tmp_path, scores):
    for file in (checkpoint, checkpoint.with_suffix(".json")):
        shutil.copy(file, tmp_path)
    again = tmp_path / checkpoint.name

    assert main([*options, "--full", "--vividness=1", str(checkpoint), str(again), str(base)]) == 0

    names = [f"{path.with_suffix('')}" for path in (checkpoint, again)] + ["base"]
    assert list(scores()["checkpoints"]) == names
    assert list(scores()["rows"])[1:-1] == [f"{name} vividness 1" for name in names]


def test_the_same_checkpoint_twice_is_refused(checkpoint, options, capsys):
    assert main([str(checkpoint), str(checkpoint), *options]) == 2

    assert "rows need unique names" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "file", "message"),
    [
        ("--frechet", "squeezenet.safetensors", "SqueezeNet 1.1"),
        ("--mobilenet", "mobilenet.safetensors", "MobileNetV2's features"),
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


def test_portraits_are_scored_by_tone(checkpoint, options, capsys, scores, monkeypatch):
    monkeypatch.setattr(evaluate, "read_tones", lambda _: {"03.png": "dark"})

    assert main([str(checkpoint), *options, "--tones", "index.csv"]) == 0

    assert "| vividness 1 | dark | 1 |" in capsys.readouterr().out
    gray = scores()["portraits"]["gray"]
    assert list(gray) == ["dark", "all"]
    assert gray["dark"]["colorfulness"]["value"] == 0
