import shutil

import numpy as np
import pytest
from PIL import Image

from training.commands import colorize, study
from training.scores.contact_sheet import CAPTION


@pytest.fixture
def two(tiny, tmp_path):
    """The checkpoint twice, in two folders, as a run before and after."""
    copies = []
    for name in ("before", "after"):
        (tmp_path / name).mkdir()
        for suffix in (".safetensors", ".json"):
            shutil.copy(tiny.with_suffix(suffix), tmp_path / name)
        copies.append(str(tmp_path / name / tiny.name))
    return copies


def test_each_checkpoint_has_a_folder_that_a_study_takes(folder, two, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    before, after = (str(path).removeprefix(f"{tmp_path}/") for path in two)

    assert colorize.main([before, after, "--data", str(folder), "--output", "results", "--truth"]) == 0

    assert capsys.readouterr().out.endswith("in results; left out: 1 not readable\n")
    results = tmp_path / "results"
    methods = {path.name for path in results.iterdir()}
    assert len(methods) == 3
    assert "truth" in methods
    for method in methods - {"truth"}:
        with Image.open(results / method / "03.png") as colorized, Image.open(folder / "03.png") as original:
            assert colorized.size == original.size
            assert np.ptp(np.asarray(colorized).astype(int), axis=2).mean() > 1
    assert (results / "truth" / "03.png").exists()
    assert not (results / "truth" / "gray.png").exists()
    assert (results / (methods - {"truth"}).pop() / "gray.png").exists()

    assert study.main(["make", "results", "--output", "page"]) == 0


def test_the_sheet_shows_the_scan_and_every_result(folder, tiny, tmp_path, capsys):
    (tmp_path / "names.txt").write_text("03.png\n05.png\nabsent.png\n")
    sheet = tmp_path / "sheet.png"
    arguments = ["--data", str(folder), "--names", str(tmp_path / "names.txt"), "--output", str(tmp_path / "results")]

    assert colorize.main([str(tiny), *arguments, "--sheet", str(sheet), "--threads", "1"]) == 0

    assert "left out: 1 listed but not there" in capsys.readouterr().out
    assert not (tmp_path / "results" / "truth").exists()
    with Image.open(sheet) as picture:
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    width, height = colorize.CELL
    assert pixels.shape[1] == pytest.approx(2 * width, abs=4)
    scan, result = (pixels[CAPTION : CAPTION + height, place * width : (place + 1) * width] for place in (0, 1))
    assert np.ptp(scan, axis=2).max() == 0
    assert np.ptp(result, axis=2).mean() > 1


def test_wrong_input_is_one_sentence(folder, tiny, tmp_path, capsys):
    output = ["--output", str(tmp_path / "results")]
    assert colorize.main([str(tmp_path / "none.safetensors"), "--data", str(folder), *output]) == 2
    assert capsys.readouterr().err.startswith("colorize: ")

    assert colorize.main([str(tiny), "--data", str(folder), *output, "--sheet", str(tmp_path / "sheet.foo")]) == 2
    assert "no suffix of a picture format" in capsys.readouterr().err
