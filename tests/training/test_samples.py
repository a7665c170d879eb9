from itertools import pairwise

import numpy as np
import torch
from PIL import Image

from training import samples
from worker.colorizer.checkpoint import CheckpointInfo, save_checkpoint
from worker.colorizer.network import Generator, GeneratorConfig


def _checkpoint(folder):
    torch.manual_seed(0)
    config = GeneratorConfig(decoder_channels=(16, 16, 16, 16))
    return save_checkpoint(folder, CheckpointInfo("tiny", config), Generator(config))


def test_each_readable_photograph_gets_a_row_of_all_ways(folder, tmp_path, capsys):
    output = tmp_path / "new" / "sheet.png"

    assert samples.main([str(_checkpoint(tmp_path)), "--data", str(folder), "--output", str(output)]) == 0

    assert capsys.readouterr().out == f"13 photographs in {output}\n"  # The gray one too; not the broken one.
    with Image.open(output) as sheet:
        width, height = samples.CELL
        first = np.asarray(sheet.convert("RGB"))[samples.CAPTION : samples.CAPTION + height]
    cells = [first[:, place * width : (place + 1) * width].astype(int) for place in range(len(samples.WAYS))]
    chroma = [np.ptp(cell, axis=2).mean() for cell in cells]
    assert chroma[0] < 1 < min(chroma[1:])
    assert all(np.abs(one - other).mean() > 0.1 for one, other in pairwise(cells))


def test_an_empty_folder_is_said(tmp_path, capsys):
    (tmp_path / "empty").mkdir()

    assert samples.main([str(_checkpoint(tmp_path)), "--data", str(tmp_path / "empty")]) == 1

    assert "samples:" in capsys.readouterr().err
