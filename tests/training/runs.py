"""Runs for tests: the smoke recipe on generated photographs, and readers of their logs and weights."""

import json
from dataclasses import replace
from pathlib import Path

import torch

from training.losses.reconstruction import ReconstructionLoss, bin_prior, rebalancing
from training.recipes.recipe import Budget, Crops, Optimization, Stage, Weights, read_recipe
from training.run.run_folder import RunFolder
from training.run.trainer import Trainer
from training.run.world import World
from training.scores.validation import Judges, Validator
from worker.colorizer.bins import soft_encoding
from worker.colorizer.calibration import Calibration
from worker.colorizer.checkpoint import CheckpointInfo, load_checkpoint
from worker.colorizer.network import Generator

ROOT = Path(__file__).parents[2]
SMOKE = ROOT / "training" / "recipes" / "smoke.toml"
ALONE = World(0, 1, torch.device("cpu"))


def tiny_recipe():
    """The smoke recipe with the tiny encoder, for tests about everything but the encoder."""
    recipe = read_recipe(SMOKE)
    return replace(recipe, generator=replace(recipe.generator, encoder="tiny"))


def make_trainer(photographs, path, *, recipe=None, train=None, perceptual=None, projection=None, must_improve=False):
    recipe = recipe or tiny_recipe()
    torch.manual_seed(recipe.seed)
    generator = Generator(recipe.generator)
    encoding = soft_encoding(recipe.generator.bin_grid)
    rarity = rebalancing(bin_prior(photographs, encoding, len(generator.bins)), 0.9)
    return Trainer(
        recipe,
        generator,
        ReconstructionLoss(encoding, rarity),
        perceptual=perceptual,
        projection=projection,
        train=train or photographs[2:],
        validator=Validator(photographs[:2], Calibration(), Judges(), ALONE.device),
        folder=RunFolder(path),
        info=CheckpointInfo(recipe.name, recipe.generator),
        pretrained=False,
        world=ALONE,
        must_improve=must_improve,
    )


def single_stage(steps, **parts):
    stage = Stage(
        name="only",
        budget=Budget(steps=steps),
        crops=Crops(64, 4, (0.8, 1.0)),
        select="cautious ciede2000",
        weights=Weights(**parts),
        optimization=Optimization(),
    )
    # Nobody resumes it.
    return replace(tiny_recipe(), stages=(stage,), snapshot_every=50)


def command(folder, held_out, run, *more):
    lists = ["--held-out", str(held_out), "--validation", str(held_out)]
    return ["--data", str(folder), "--run-folder", str(run), "--recipe", str(SMOKE), "--threads", "1", *lists, *more]


def events(path, kind):
    lines = [json.loads(line) for line in (path / "log.jsonl").read_text().splitlines()]
    return [line for line in lines if line["event"] == kind]


def weights(run):
    return load_checkpoint(run / "latest.safetensors").generator.state_dict()


def assert_same(state, expected):
    for key, tensor in state.items():
        assert torch.equal(tensor, expected[key]), key
