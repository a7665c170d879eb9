from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from training.commands import samples
from training.scores.contact_sheet import CAPTION


def test_each_readable_photograph_has_a_row_with_all_columns(folder, tiny, tmp_path, capsys):
    output = tmp_path / "new" / "sheet.png"

    assert samples.main([str(tiny), "--data", str(folder), "--output", str(output), "--threads", "1"]) == 0

    assert (
        capsys.readouterr().out == f"13 photographs in {output}; left out: 1 not readable\n"
    )  # The gray one is included.
    with Image.open(output) as sheet:
        width, height = samples.CELL
        first = np.asarray(sheet.convert("RGB"))[CAPTION : CAPTION + height]
    cells = [first[:, place * width : (place + 1) * width].astype(int) for place in range(len(samples.WAYS))]
    chroma = [np.ptp(cell, axis=2).mean() for cell in cells]
    assert chroma[0] < 1 < min(chroma[1:])
    assert all(np.abs(left - right).mean() > 0.1 for left, right in pairwise(cells))


@pytest.mark.parametrize(
    ("output", "message"),
    [("sheet.foo", "no suffix of a picture format"), (".", "no suffix"), ("notes.txt/sheet.jpg", "notes.txt")],
)
def test_an_output_that_cannot_be_written_is_refused_first(folder, tiny, monkeypatch, capsys, output, message):
    monkeypatch.delattr(samples, "read_pictures")

    assert samples.main([str(tiny), "--data", str(folder), "--output", str(folder / output)]) == 2

    assert message in capsys.readouterr().err


def test_an_empty_folder_is_refused(tiny, tmp_path, capsys):
    (tmp_path / "empty").mkdir()

    assert samples.main([str(tiny), "--data", str(tmp_path / "empty")]) == 2

    assert "samples:" in capsys.readouterr().err
