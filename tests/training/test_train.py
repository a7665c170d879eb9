import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from training.losses import ReconstructionLoss, bin_prior, rebalancing
from training.recipe import Budget, read_recipe
from training.run_folder import RunFolder
from training.train import main
from training.trainer import Trainer, rate_at
from worker.colorizer import Colorizer
from worker.colorizer.bins import SoftEncoding
from worker.colorizer.checkpoint import CheckpointInfo, load_checkpoint
from worker.colorizer.network import Generator

SMOKE = Path(__file__).parents[2] / "training" / "recipes" / "smoke.toml"


def _trainer(photographs, path, *, train=None, steps=8):
    recipe = replace(read_recipe(SMOKE), budget=Budget(steps=steps))
    torch.manual_seed(recipe.seed)
    generator = Generator(recipe.generator)
    encoding = SoftEncoding(generator.bins.numpy())
    weights = rebalancing(bin_prior(photographs, encoding, len(generator.bins)), 0.9)
    return Trainer(
        recipe,
        generator,
        ReconstructionLoss(recipe.objective, encoding, weights),
        train=train or photographs[2:],
        held_out=photographs[:2],
        folder=RunFolder(path),
        info=CheckpointInfo(recipe.name, recipe.generator),
        pretrained=False,
    )


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def undisturbed(_one_thread, photographs, tmp_path_factory):
    trainer = _trainer(photographs, tmp_path_factory.mktemp("undisturbed"))
    assert trainer.run(lambda: False) == "finished"
    return trainer


@pytest.mark.parametrize("last_step", [3, 6])
def test_a_run_stopped_and_resumed_ends_with_the_weights_of_an_undisturbed_one(
    undisturbed, photographs, tmp_path, last_step
):
    stopped = _trainer(photographs, tmp_path / "stopped")
    assert stopped.run(lambda: stopped.position.step == last_step) == "stopped"
    resumed = _trainer(photographs, tmp_path / "stopped")
    resumed.resume(resumed.folder.load_snapshot())
    assert resumed.run(lambda: False) == "finished"

    for key, tensor in undisturbed.average.generator.state_dict().items():
        assert torch.equal(tensor, resumed.average.generator.state_dict()[key]), key
    assert resumed.position.best == undisturbed.position.best


def test_training_on_two_photographs_finds_their_colors_likelier_each_time(photographs, tmp_path):
    trainer = _trainer(photographs, tmp_path / "run", train=photographs[:2], steps=16)

    trainer.run(lambda: False)

    lines = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    losses = [line["bins"] for line in lines if line["event"] == "validation"]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0] - 0.05


def test_the_command_leaves_a_checkpoint_that_explains_itself_and_colorizes(folder, held_out, tmp_path):
    run = tmp_path / "run"
    options = [
        "--data",
        str(folder),
        "--run",
        str(run),
        "--recipe",
        str(SMOKE),
        "--threads",
        "1",
        "--steps",
        "4",
    ]

    assert main([*options, "--validation", str(held_out)]) == 0

    training = load_checkpoint(run / "best.safetensors").info.training
    assert training["photographs"] == 10
    assert training["skipped"] == {"no color": 1, "not readable": 1}
    assert training["recipe"]["name"] == "smoke"
    assert Colorizer.load(run / "best.safetensors").name == "best"
    assert list((run / "sheets").iterdir())


def test_a_run_is_not_continued_with_other_data(folder, shards, held_out, tmp_path, capsys):
    options = ["--run", str(tmp_path / "run"), "--recipe", str(SMOKE), "--steps", "1"]
    held_out.write_text("00.png part-0.tar/00.png")
    assert main(["--data", str(folder), *options, "--validation", str(held_out)]) == 0

    assert main(["--data", str(shards), *options, "--validation", str(held_out)]) == 2

    assert "data_sha256" in capsys.readouterr().err


def test_without_held_out_photographs_there_is_no_run(folder, held_out, tmp_path, capsys):
    held_out.write_text("elsewhere.png")

    assert main(["--data", str(folder), "--run", str(tmp_path), "--validation", str(held_out)]) == 2

    assert "validation list" in capsys.readouterr().err


def test_the_rate_warms_up_to_its_peak_and_falls_to_its_end():
    plan = read_recipe(SMOKE).optimization
    rates = [rate_at(progress, plan) for progress in (0.0, plan.warmup, 0.5, 1.0)]

    assert rates[0] < 0.1
    assert rates[1] == 1
    assert rates[2] < 1
    assert rates[3] == pytest.approx(plan.final)


def test_rare_colors_weigh_more_and_the_average_pixel_one(photographs):
    bins = Generator(read_recipe(SMOKE).generator).bins
    prior = bin_prior(photographs, SoftEncoding(bins.numpy()), len(bins))

    weights = rebalancing(prior, 0.5).double().numpy()

    assert weights[prior.argmax()] == weights.min()
    assert (weights * prior).sum() == pytest.approx(1)
    assert rebalancing(prior, 1.0).unique().numel() == 1
