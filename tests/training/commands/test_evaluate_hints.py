import re

import pytest
import torch

from training.commands import evaluate_hints
from worker.colorizer.checkpoint import CheckpointInfo, save_checkpoint
from worker.colorizer.network import Generator, GeneratorConfig


def _checkpoint(folder, *, hints):
    torch.manual_seed(0)
    config = GeneratorConfig(decoder_channels=(16, 16, 16, 16), hints=hints, encoder="tiny")
    return save_checkpoint(folder, CheckpointInfo("tiny", config), Generator(config))


def _options(folder, held_out):
    return ["--data", str(folder), "--names", str(held_out), "--every", "1", "--threads", "1"]


def test_every_number_of_points_has_a_row(folder, held_out, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(evaluate_hints, "POINTS", (0, 3))

    assert evaluate_hints.main([str(_checkpoint(tmp_path, hints=True)), *_options(folder, held_out)]) == 0

    rows = capsys.readouterr().out.splitlines()
    assert rows[0] == "| 2 photographs | PSNR |"
    assert [re.match(r"\| (\d+) points \| \d+\.\d\d \|$", row).group(1) for row in rows[2:]] == ["0", "3"]


@pytest.mark.parametrize(
    ("hints", "named", "message"), [(False, "00.png", "takes no hints"), (True, "none", "no photograph")]
)
def test_a_checkpoint_without_hints_and_a_list_without_photographs_are_refused(
    folder, held_out, tmp_path, capsys, hints, named, message
):
    held_out.write_text(named)

    assert evaluate_hints.main([str(_checkpoint(tmp_path, hints=hints)), *_options(folder, held_out)]) == 2

    assert message in capsys.readouterr().err
