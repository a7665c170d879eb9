"""`python -m training.train`: stage one of the generator, from a recipe and a folder of photographs."""

import argparse
import dataclasses
import signal
import sys
from dataclasses import replace
from pathlib import Path
from types import FrameType

import torch

from training.backbone import NOTICE, load_backbone
from training.losses import ReconstructionLoss, bin_prior, rebalancing
from training.photographs import Photograph, PhotographSet, load_photographs
from training.recipe import Budget, Recipe, read_recipe
from training.run_folder import RunFolder, git_revision
from training.trainer import Trainer
from worker.colorizer.bins import SoftEncoding, ab_bins
from worker.colorizer.checkpoint import CheckpointInfo
from worker.colorizer.network import Generator

_HERE = Path(__file__).parent
VALIDATION_LIST = _HERE / "validation.txt"


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        recipe = _with_overrides(read_recipe(options.recipe), options)
        photographs = load_photographs(options.data, limit=options.limit, threads=options.threads)
        train, held_out = photographs.split(set(options.validation.read_text().split()))
        _check(train, held_out, recipe)
        torch.set_num_threads(options.threads)
        torch.manual_seed(recipe.seed)
        folder = RunFolder(options.run)
        trainer = _prepare(recipe, options.backbone, train, held_out, photographs, folder)
    except (OSError, ValueError) as error:
        print(f"train: {error}", file=sys.stderr)
        return 2
    if (state := folder.load_snapshot()) is not None:
        trainer.resume(state)
        folder.log("resumed", step=trainer.position.step)
    reason = trainer.run(_stop_on_signals())
    return 130 if reason == "stopped" else 0


def _prepare(
    recipe: Recipe,
    backbone: Path | None,
    train: list[Photograph],
    held_out: list[Photograph],
    photographs: PhotographSet,
    folder: RunFolder,
) -> Trainer:
    generator = Generator(recipe.generator)
    if backbone:
        load_backbone(generator.encoder, backbone)
    encoding = SoftEncoding(ab_bins(recipe.generator.bin_grid))
    weights = rebalancing(bin_prior(train, encoding, len(generator.bins)), recipe.objective.uniform_share)
    told = {
        "recipe": dataclasses.asdict(recipe),
        "backbone": backbone.stem if backbone else None,
        "revision": git_revision(),
        "data_sha256": photographs.sha256,
        "photographs": len(train),
        "held_out": len(held_out),
        "skipped": dict(photographs.skipped),
    }
    folder.describe(told)
    folder.log("start", **{key: value for key, value in told.items() if key != "recipe"})
    info = CheckpointInfo(
        name=recipe.name,
        generator=recipe.generator,
        training=told,
        notice=NOTICE if backbone else "",
    )
    return Trainer(
        recipe,
        generator,
        ReconstructionLoss(recipe.objective, encoding, weights),
        train=train,
        held_out=held_out,
        folder=folder,
        info=info,
        pretrained=backbone is not None,
    )


def _check(train: list[Photograph], held_out: list[Photograph], recipe: Recipe) -> None:
    if not held_out:
        raise ValueError("the validation list names none of the photographs")
    if len(train) < max(phase.minibatch for phase in recipe.phases):
        raise ValueError(f"{len(train)} photographs are fewer than a minibatch")


def _with_overrides(recipe: Recipe, options: argparse.Namespace) -> Recipe:
    if options.minutes is not None:
        return replace(recipe, budget=Budget(minutes=options.minutes))
    if options.steps is not None:
        return replace(recipe, budget=Budget(steps=options.steps))
    return recipe


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
    parser.add_argument("--run", type=Path, required=True, help="run folder; one that holds a snapshot is resumed")
    parser.add_argument("--recipe", type=Path, default=_HERE / "recipes" / "base-cpu.toml")
    parser.add_argument("--backbone", type=Path, help="pre-trained encoder (.safetensors); without it, from scratch")
    parser.add_argument("--validation", type=Path, default=VALIDATION_LIST, help="names of held-out photographs")
    parser.add_argument("--limit", type=int, help="read only so many files")
    parser.add_argument("--threads", type=int, default=2)
    budget = parser.add_mutually_exclusive_group()
    budget.add_argument("--minutes", type=float, help="instead of the recipe's budget")
    budget.add_argument("--steps", type=int, help="instead of the recipe's budget")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
