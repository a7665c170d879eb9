"""`python -m training.train`: a colorizer from a recipe and a folder of photographs, on one device or by torchrun."""

import argparse
import dataclasses
import signal
import sys
from dataclasses import replace
from pathlib import Path
from types import FrameType

import torch

from training.backbone import load_backbone
from training.frechet import SqueezeNet
from training.losses import ReconstructionLoss, bin_prior, rebalancing
from training.lpips import LPIPS
from training.perceptual import PerceptualLoss
from training.photographs import Photograph, PhotographSet, load_photographs
from training.recipe import Budget, Recipe, read_recipe
from training.run_folder import RunFolder, git_revision
from training.starting_weights import load_starting_weights
from training.trainer import Trainer
from training.validation import Judges, Validator
from training.world import World
from worker.colorizer import CheckpointError
from worker.colorizer.bins import SoftEncoding, ab_bins
from worker.colorizer.checkpoint import CheckpointInfo
from worker.colorizer.network import Generator

_HERE = Path(__file__).parent
HELD_OUT_LIST = _HERE / "held-out.txt"
VALIDATION_LIST = _HERE / "validation.txt"


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    torch.set_num_threads(options.threads)
    world = World.join(options.device)
    try:
        trainer = _prepare(options, world)
    except (CheckpointError, OSError, ValueError) as error:
        print(f"train: {error}", file=sys.stderr)
        world.leave()
        return 2
    if (state := trainer.folder.load_snapshot()) is not None:
        trainer.resume(state)
        if world.leads:
            trainer.folder.log("resumed", stage=trainer.stage.name, step=trainer.position.step)
    reason = trainer.run(_stop_on_signals())
    world.leave()
    return 130 if reason == "stopped" else 0


def _prepare(options: argparse.Namespace, world: World) -> Trainer:
    recipe = _with_overrides(read_recipe(options.recipe), options)
    photographs = load_photographs(options.data, limit=options.limit, threads=options.threads)
    train, held_out = photographs.split(_names(options.held_out))
    chosen = _names(options.validation)
    validation = [one for one in held_out if one.name in chosen][: recipe.validation_pictures]
    _check(train, validation, recipe, options)
    torch.manual_seed(recipe.seed)
    generator = Generator(recipe.generator)
    notice = _load_weights(generator, options)
    encoding = SoftEncoding(ab_bins(recipe.generator.bin_grid))
    rarity = rebalancing(bin_prior(train, encoding, len(generator.bins)), recipe.uniform_share)
    told = _told(recipe, options, photographs, train, validation)
    folder = RunFolder(options.run_folder)
    if world.leads:
        folder.describe(told)
        folder.log("start", **{key: value for key, value in told.items() if key != "recipe"})
    judges = Judges(
        LPIPS.load(options.lpips) if options.lpips else None,
        SqueezeNet.load(options.frechet) if options.frechet else None,
    )
    wants_features = any(stage.weights.needs_features for stage in recipe.stages)
    return Trainer(
        recipe,
        generator,
        ReconstructionLoss(encoding, rarity),
        perceptual=PerceptualLoss.load(options.lpips) if wants_features else None,
        train=train,
        validator=Validator(validation, recipe.calibration, judges, world.device, recipe.bf16) if world.leads else None,
        folder=folder,
        info=CheckpointInfo(
            recipe.name, recipe.generator, calibration=recipe.calibration, training=told, notice=notice
        ),
        pretrained=bool(options.backbone or options.init),
        world=world,
    )


def _load_weights(generator: Generator, options: argparse.Namespace) -> str:
    """Start from a checkpoint, a backbone or nothing; returns the notice that the new checkpoint has to carry."""
    if options.init:
        return load_starting_weights(generator, options.init)
    if options.backbone:
        return load_backbone(generator.encoder, options.backbone)
    return ""


def _told(
    recipe: Recipe,
    options: argparse.Namespace,
    photographs: PhotographSet,
    train: list[Photograph],
    validation: list[Photograph],
) -> dict[str, object]:
    """What the run folder and each checkpoint record of how it came about."""
    return {
        "recipe": dataclasses.asdict(recipe),
        "backbone": options.backbone.stem if options.backbone else None,
        "init": options.init.stem if options.init else None,
        "revision": git_revision(),
        "data_sha256": photographs.sha256,
        "photographs": len(train),
        "held_out": len(photographs.photographs) - len(train),
        "validated_on": len(validation),
        "skipped": dict(photographs.skipped),
    }


def _check(train: list[Photograph], validation: list[Photograph], recipe: Recipe, options: argparse.Namespace) -> None:
    if not validation:
        raise ValueError("the validation list names none of the held-out photographs")
    if len(train) < max(stage.crops.minibatch for stage in recipe.stages):
        raise ValueError(f"{len(train)} photographs are fewer than a minibatch")
    for stage in recipe.stages:
        if options.lpips is None and (stage.weights.needs_features or stage.select.endswith("lpips")):
            raise ValueError(f"stage {stage.name} needs the LPIPS weights: --lpips FOLDER")
        if options.frechet is None and stage.select.endswith("frechet"):
            raise ValueError(f"stage {stage.name} needs the SqueezeNet weights: --frechet FILE")


def _names(path: Path) -> set[str]:
    return set(path.read_text().split())


def _with_overrides(recipe: Recipe, options: argparse.Namespace) -> Recipe:
    if options.steps is None:
        return recipe
    return replace(recipe, stages=tuple(replace(stage, budget=Budget(steps=options.steps)) for stage in recipe.stages))


def _stop_on_signals() -> "_Stop":
    stop = _Stop()
    signal.signal(signal.SIGINT, stop.request)
    signal.signal(signal.SIGTERM, stop.request)
    return stop


class _Stop:
    """Ctrl-C and SIGTERM end the run after the step at hand, with a snapshot."""

    def __init__(self) -> None:
        self._requested = False

    def request(self, _signal: int, _frame: FrameType | None) -> None:
        self._requested = True

    def __call__(self) -> bool:
        return self._requested


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.train", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of photographs or of tar shards")
    # Not `--run`: torchrun takes that for an option of its own. Without torchrun it still works as an abbreviation.
    parser.add_argument("--run-folder", type=Path, required=True, help="one that holds a snapshot is resumed")
    parser.add_argument("--recipe", type=Path, default=_HERE / "recipes" / "base-cpu.toml")
    start = parser.add_mutually_exclusive_group()
    start.add_argument("--backbone", type=Path, help="pre-trained encoder (.safetensors); without it, from scratch")
    start.add_argument("--init", type=Path, help="checkpoint to start from; the recipe's network may have more parts")
    parser.add_argument("--held-out", type=Path, default=HELD_OUT_LIST, help="names of photographs not to train on")
    parser.add_argument("--validation", type=Path, default=VALIDATION_LIST, help="those of them that choose the best")
    parser.add_argument("--lpips", type=Path, help="folder with the LPIPS weights, for the perceptual loss and score")
    parser.add_argument("--frechet", type=Path, help="SqueezeNet 1.1 weights, for the Fréchet score")
    parser.add_argument("--limit", type=int, help="read only so many files")
    parser.add_argument("--device", choices=("cpu", "cuda"), help="instead of a GPU if there is one")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, help="of each stage, instead of the recipe's budgets")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
