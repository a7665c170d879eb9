import dataclasses

import pytest
import torch

from training.commands.average import main
from worker.colorizer.checkpoint import load_checkpoint, save_checkpoint


@pytest.fixture
def shifted(tiny, tmp_path):
    """`tiny` with all weights of its parameters higher by 2."""
    checkpoint = load_checkpoint(tiny)
    with torch.no_grad():
        for parameter in checkpoint.generator.parameters():
            parameter += 2
    return save_checkpoint(tmp_path, dataclasses.replace(checkpoint.info, name="shifted"), checkpoint.generator)


def test_the_mean_lies_in_the_middle_and_its_card_lists_what_was_averaged(tiny, shifted, tmp_path, capsys):
    output = tmp_path / "mean.safetensors"

    assert main([str(tiny), str(shifted), "--output", str(output)]) == 0

    assert str(output) in capsys.readouterr().out
    first, mean = load_checkpoint(tiny), load_checkpoint(output)
    for before, after in zip(first.generator.parameters(), mean.generator.parameters(), strict=True):
        torch.testing.assert_close(after, before + 1, atol=2e-3, rtol=2e-3)  # Stored in half precision.
    assert mean.info.name == "mean"
    assert mean.info.metrics == {}
    assert [part["sha256"] for part in mean.info.training["average_of"]] == [
        first.sha256,
        load_checkpoint(shifted).sha256,
    ]


def test_one_checkpoint_has_no_mean(tiny, tmp_path, capsys):
    assert main([str(tiny), "--output", str(tmp_path / "mean.safetensors")]) == 2

    assert "two checkpoints or more" in capsys.readouterr().err


def test_another_architecture_is_refused_by_name(tiny, untrained, tmp_path, capsys):
    assert main([str(tiny), str(untrained), "--output", str(tmp_path / "mean.safetensors")]) == 2

    assert f"{untrained} has another architecture" in capsys.readouterr().err
