"""Runs that start from a checkpoint and have to beat it."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.training.runs import events, make_trainer, single_stage
from training.run.summary import summary
from worker.colorizer.checkpoint import load_checkpoint

pytestmark = pytest.mark.usefixtures("single_thread")


def test_a_run_that_makes_the_weights_worse_keeps_the_initial_ones(photographs, tmp_path):
    trainer = make_trainer(photographs, tmp_path, recipe=_two_stages(), must_improve=True)
    before = copy.deepcopy(trainer.generator.state_dict())
    trainer.validator = Scripted((5, 5), (6, 6), (7, 7))

    trainer.run(lambda: False)

    best = load_checkpoint(tmp_path / "best.safetensors")
    assert (best.info.training["stage"], best.info.training["step"]) == ("init", 0)
    assert best.info.metrics["validation"]["cautious ciede2000"] == 5
    torch.testing.assert_close(best.generator.state_dict(), before, rtol=1e-3, atol=1e-4)  # Kept in half precision.
    assert "best.safetensors: no step was better than base, whose weights it holds" in summary(
        trainer, "finished", "base"
    )


def test_each_stage_has_to_beat_the_initial_weights_and_the_best_so_far_by_its_metric(photographs, tmp_path):
    """The first stage improves its own metric and not that of the second, which improves nothing."""
    trainer = make_trainer(photographs, tmp_path, recipe=_two_stages(), must_improve=True)
    trainer.validator = Scripted((5, 5), (4, 6), (3, 5.5))
    ends = []
    trainer.folder.log = lambda event, **values: ends.append((event, trainer.position.best_stage))

    trainer.run(lambda: False)

    assert [stage for event, stage in ends if event == "stage ended"] == ["first", "init"]
    assert load_checkpoint(tmp_path / "best.safetensors").info.training["stage"] == "init"


def test_the_best_of_an_earlier_stage_stays_if_it_is_better_by_the_metric_of_the_next(photographs, tmp_path):
    trainer = make_trainer(photographs, tmp_path, recipe=_two_stages(), must_improve=True)
    trainer.validator = Scripted((5, 5), (4, 4), (3, 4.5))

    trainer.run(lambda: False)

    assert load_checkpoint(tmp_path / "best.safetensors").info.training["stage"] == "first"
    assert summary(trainer, "finished", "base").endswith("step 1 of first, vivid ciede2000 4 (base 5, gray 9)")


def test_best_weights_that_are_no_better_than_gray_are_reported_as_such(photographs, tmp_path):
    trainer = make_trainer(photographs, tmp_path, recipe=_two_stages(), must_improve=True)
    trainer.validator = Scripted((10, 10), (9.5, 9.5), (9.6, 9.6))

    trainer.run(lambda: False)

    assert summary(trainer, "finished", "base").endswith("(base 10, gray 9); NOT better than gray pictures")


def test_a_resumed_run_does_not_score_the_initial_weights_again(photographs, tmp_path):
    stopped = make_trainer(photographs, tmp_path, recipe=_two_stages(), must_improve=True)
    stopped.validator = Scripted((5, 5), (6, 6))
    assert stopped.run(lambda: True) == "stopped"

    resumed = make_trainer(photographs, tmp_path, recipe=_two_stages(), must_improve=True)
    resumed.validator = Scripted((4, 4))
    resumed.resume(resumed.folder.load_snapshot())
    assert resumed.run(lambda: False) == "finished"

    assert [line["step"] for line in events(tmp_path, "validation") if line["stage"] == "init"] == [0]
    assert resumed.position.init_scores["vivid ciede2000"] == 5
    assert load_checkpoint(tmp_path / "best.safetensors").info.training["stage"] == "second"


def test_a_run_without_weights_to_beat_keeps_the_best_of_its_last_stage(photographs, tmp_path):
    trainer = make_trainer(photographs, tmp_path, recipe=_two_stages())
    trainer.validator = Scripted((4, 4), (6, 6))

    trainer.run(lambda: False)

    assert load_checkpoint(tmp_path / "best.safetensors").info.training["stage"] == "second"
    assert summary(trainer, "stopped").splitlines() == [
        "stopped at step 1 of second: run the same command again to resume",
        f"{tmp_path / 'best.safetensors'}: step 1 of second, vivid ciede2000 6 (gray 9)",
    ]


class Scripted:
    """A validator with given scores: pairs of ΔE00, cautious and vivid."""

    def __init__(self, *scores):
        self._scores = iter(scores)
        self.gray = {"ciede2000": 9.0}

    def score(self, generator):
        cautious, vivid = next(self._scores)
        row = [np.zeros((8, 8, 3), np.uint8)] * 4
        return {"cautious ciede2000": cautious, "vivid ciede2000": vivid}, [row]


def _two_stages():
    """Two stages of a step with a validation each; the second selects by the vivid colors."""
    recipe = single_stage(1)
    first = replace(recipe.stages[0], name="first")
    second = replace(first, name="second", select="vivid ciede2000")
    return replace(recipe, stages=(first, second), validate_every=1)
