import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.training.runs import SMOKE, command, events, make_trainer, one_stage
from training.commands.train import main
from training.networks.starting_weights import copy_weights
from training.recipes.recipe import read_recipe
from training.run.summary import last_words
from worker.colorizer.checkpoint import CheckpointError, CheckpointInfo, load_checkpoint, save_checkpoint
from worker.colorizer.network import Generator

pytestmark = pytest.mark.usefixtures("one_thread")


def test_a_run_starts_from_a_checkpoint_with_fewer_parts_as_good_as_that_was(folder, held_out, tmp_path):
    plain = tmp_path / "plain.toml"
    text = SMOKE.read_text().replace("attention_blocks = 1\nhints = true\n", "").replace("hint_share = 0.5\n", "")
    plain.write_text(text)
    assert main(command(folder, held_out, tmp_path / "first", "--steps", "1", "--recipe", str(plain))) == 0
    first = load_checkpoint(tmp_path / "first" / "latest.safetensors")
    lightness = torch.rand(1, 1, 64, 64) * 100

    grown = Generator(read_recipe(SMOKE).generator).eval()
    assert not copy_weights(grown, first)

    with torch.inference_mode():
        assert torch.equal(grown(lightness, torch.ones(1, 3, 16, 16))[1], first.generator(lightness)[1])


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """The file of an untrained checkpoint of the smoke recipe's network."""
    torch.manual_seed(0)
    config = read_recipe(SMOKE).generator
    return save_checkpoint(tmp_path_factory.mktemp("start"), CheckpointInfo("start", config), Generator(config))


@pytest.mark.parametrize("config", [{"decoder_channels": (64, 32, 16, 16)}, {"encoder": "resnet50v2"}])
def test_weights_that_do_not_fit_are_not_started_from(start, config):
    checkpoint = load_checkpoint(start)

    with pytest.raises(CheckpointError, match="does not fit"):
        copy_weights(Generator(replace(checkpoint.info.generator, **config)), checkpoint)


def test_photographs_of_ones_own_are_finetuned_on_by_one_command(start, folder, tmp_path, capsys):
    """No lists: every twentieth is held out. Network and calibration are the checkpoint's."""
    recipe = tmp_path / "finetune.toml"
    text = (SMOKE.parent / "finetune.toml").read_text()
    recipe.write_text(text.replace("minibatch = 16", "minibatch = 2").replace("size = 128", "size = 64"))
    run = tmp_path / "run"
    options = ["--data", str(folder), "--run-folder", str(run), "--recipe", str(recipe), "--threads", "1"]

    assert main([*options, "--init", str(start), "--steps", "1"]) == 0

    info = load_checkpoint(run / "best.safetensors").info
    assert info.generator == load_checkpoint(start).info.generator
    assert (info.training["init"], info.training["held_out"]) == ("start", 1)
    assert [line["stage"] for line in events(run, "validation")] == ["init", "reconstruct"]
    assert "validate on: 1." in events(run, "warning")[0]["detail"]
    assert str(run / "best.safetensors") in capsys.readouterr().out.splitlines()[-1]


def test_a_run_that_makes_the_weights_worse_ends_with_those_it_began_with(photographs, tmp_path):
    trainer = make_trainer(photographs, tmp_path, recipe=_two_stages(), must_improve=True)
    before = copy.deepcopy(trainer.generator.state_dict())
    trainer.validator = Scripted((5, 5), (6, 6), (7, 7))

    trainer.run(lambda: False)

    best = load_checkpoint(tmp_path / "best.safetensors")
    assert (best.info.training["stage"], best.info.training["step"]) == ("init", 0)
    assert best.info.metrics["validation"]["cautious ciede2000"] == 5
    torch.testing.assert_close(best.generator.state_dict(), before, rtol=1e-3, atol=1e-4)  # Kept in half precision.
    assert "best.safetensors: nothing was better than base, whose weights it holds" in last_words(
        trainer, "finished", "base"
    )


def test_each_stage_has_to_beat_the_first_weights_and_the_best_so_far_by_its_own_metric(photographs, tmp_path):
    """The first stage is better by its metric and worse by that of the second, in which nothing is better."""
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
    assert last_words(trainer, "finished", "base").endswith("step 1 of first, vivid ciede2000 4 (base 5, gray 9)")


def test_a_resumed_run_knows_what_the_first_weights_scored_and_does_not_ask_again(photographs, tmp_path):
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
    assert last_words(trainer, "stopped").splitlines() == [
        "stopped at step 1 of second: run the same command again to go on",
        f"{tmp_path / 'best.safetensors'}: step 1 of second, vivid ciede2000 6 (gray 9)",
    ]


class Scripted:
    """A validator that finds what it is told: pairs of ΔE00, cautious and vivid."""

    def __init__(self, *scores):
        self._scores = iter(scores)
        self.gray = {"ciede2000": 9.0}

    def score(self, generator):
        cautious, vivid = next(self._scores)
        row = [np.zeros((8, 8, 3), np.uint8)] * 4
        return {"cautious ciede2000": cautious, "vivid ciede2000": vivid}, [row]


def _two_stages():
    """A step each, with a validation; the second chooses by the vivid colors."""
    recipe = one_stage(1)
    first = replace(recipe.stages[0], name="first")
    second = replace(first, name="second", select="vivid ciede2000")
    return replace(recipe, stages=(first, second), validate_every=1)
