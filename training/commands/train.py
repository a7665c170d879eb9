"""`python -m training train`: a colorizer from a recipe and a folder of photographs, on one device or by torchrun."""

import argparse
import dataclasses
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Any

import torch

from training.commands.options import positive
from training.data.holding_out import Division, divide
from training.data.names import write_names
from training.data.originals import counted
from training.data.photographs import Photograph, PhotographSet, load_photographs
from training.losses.perceptual import PerceptualLoss
from training.losses.reconstruction import ReconstructionLoss, bin_prior, rebalancing
from training.networks.backbone import load_backbone
from training.networks.squeezenet import SqueezeNet
from training.networks.starting_weights import copy_weights
from training.networks.weight_references import local_checkpoint, local_weights, recorded
from training.recipes.recipe import Budget, Recipe, read_recipe
from training.run.run_folder import RunFolder, git_revision, open_board
from training.run.summary import last_words
from training.run.trainer import Trainer
from training.run.world import World
from training.scores.lpips import LPIPS
from training.scores.validation import FEW, Judges, Validator
from worker.colorizer import CheckpointError
from worker.colorizer.bins import SoftEncoding, ab_bins
from worker.colorizer.checkpoint import Calibration, Checkpoint, CheckpointInfo, load_checkpoint
from worker.colorizer.network import Generator, GeneratorConfig

_TOO_FEW = f"photographs to validate on: {{}}. Fewer than {FEW} choose the best weights mostly by chance: list more of \
them, with --held-out and --validation"


def main(
    arguments: list[str] | None = None, *, command: str = "train", recipe: str = "base-cpu", needs_init: bool = False
) -> int:
    """Run `train`, or a command that differs from it in the default recipe and in whether it needs `--init`."""
    options = _parser(command, recipe, needs_init=needs_init).parse_args(arguments)
    torch.set_num_threads(options.threads)
    try:
        world = World.join(options.device)
    except ValueError as error:
        return _refused(command, error)
    try:
        trainer = _prepare(options, world)
        _go_on(trainer, world)
    except (CheckpointError, OSError, ValueError) as error:
        world.leave()
        return _refused(command, error)
    reason = trainer.run(_stop_on_signals())
    if world.leads:
        print(last_words(trainer, reason, recorded(options.init)), flush=True)
    world.leave()
    return 130 if reason == "stopped" else 0


def _refused(command: str, error: Exception) -> int:
    print(f"{command}: {error}", file=sys.stderr)
    return 2


def _go_on(trainer: Trainer, world: World) -> None:
    """From where the run in this folder stopped, if there is one."""
    if (state := trainer.folder.load_snapshot()) is not None:
        trainer.resume(state)
        if world.leads:
            trainer.folder.log("resumed", stage=trainer.stage.name, step=trainer.position.step)


def _prepare(options: argparse.Namespace, world: World) -> Trainer:
    init = load_checkpoint(local_checkpoint(options.init)) if options.init else None
    recipe = _with_overrides(read_recipe(options.recipe), options).resolved(
        init.info.generator if init else None, init.info.calibration if init else Calibration()
    )
    _check_weights(recipe, options)
    photographs = load_photographs(options.data, limit=options.limit, threads=options.threads)
    division = divide(photographs, recipe, held_out=options.held_out, validation=options.validation)
    torch.manual_seed(recipe.seed)
    info = CheckpointInfo(
        recipe.name, recipe.generator or GeneratorConfig(), calibration=recipe.calibration or Calibration()
    )
    generator = Generator(info.generator)
    start = _fill(generator, init, options)
    encoding = SoftEncoding(ab_bins(info.generator.bin_grid))
    rarity = rebalancing(bin_prior(division.train, encoding, len(generator.bins)), recipe.uniform_share)
    told = _told(recipe, options, photographs, division)
    folder = _folder(told, photographs, division, options, world)
    validator = _validator(division.validation, info.calibration, recipe, options, world) if world.leads else None
    if validator:
        folder.log("gray", total_steps=0, **validator.gray)
    wants_features = any(stage.weights.needs_features for stage in recipe.stages)
    return Trainer(
        recipe,
        generator,
        ReconstructionLoss(encoding, rarity),
        perceptual=PerceptualLoss.load(options.lpips) if wants_features else None,
        train=division.train,
        validator=validator,
        folder=folder,
        info=replace(info, training=told, notice=start.notice),
        pretrained=bool(options.backbone or options.init),
        world=world,
        must_improve=start.is_whole,
    )


@dataclass(frozen=True)
class _Start:
    """What a run begins with: whose weights, and whether they are all there, so that they can be compared with."""

    notice: str = ""
    is_whole: bool = False


def _fill(generator: Generator, init: Checkpoint | None, options: argparse.Namespace) -> _Start:
    if init:
        return _Start(init.info.notice, copy_weights(generator, init))
    if options.backbone:
        return _Start(load_backbone(generator.encoder, local_weights(options.backbone)))
    return _Start()


def _validator(
    validation: Sequence[Photograph],
    calibration: Calibration,
    recipe: Recipe,
    options: argparse.Namespace,
    world: World,
) -> Validator:
    judges = Judges(
        LPIPS.load(options.lpips) if options.lpips else None,
        SqueezeNet.load(options.frechet) if options.frechet else None,
    )
    return Validator(validation, calibration, judges, world.device, recipe.bf16)


def _folder(
    told: dict[str, Any],
    photographs: PhotographSet,
    division: Division,
    options: argparse.Namespace,
    world: World,
) -> RunFolder:
    board = open_board(options.run_folder) if options.tensorboard and world.leads else None
    folder = RunFolder(options.run_folder, board=board)
    if world.leads:
        folder.describe(told)
        write_names(folder.path / "held-out.txt", (one.name for one in division.held_out))
        write_names(folder.path / "skipped.txt", (f"{one.reason}\t{one.name}" for one in photographs.skipped))
        folder.log("start", **{key: value for key, value in told.items() if key != "recipe"})
        if photographs.skipped:
            folder.log("skipped", files=counted(photographs.reasons), named_in="skipped.txt")
        if len(division.validation) < FEW:
            folder.log("warning", detail=_TOO_FEW.format(len(division.validation)))
    return folder


def _told(
    recipe: Recipe, options: argparse.Namespace, photographs: PhotographSet, division: Division
) -> dict[str, Any]:
    """What the run folder and each checkpoint record of how it came about."""
    return {
        "recipe": dataclasses.asdict(recipe),
        "backbone": recorded(options.backbone),
        "init": recorded(options.init),
        "revision": git_revision(),
        "data_sha256": photographs.sha256,
        "photographs": len(division.train),
        "held_out": len(division.held_out),
        "validated_on": len(division.validation),
        "skipped": dict(photographs.reasons),
    }


def _check_weights(recipe: Recipe, options: argparse.Namespace) -> None:
    for stage in recipe.stages:
        if options.lpips is None and (stage.weights.needs_features or stage.select.endswith("lpips")):
            raise ValueError(f"stage {stage.name} needs the LPIPS weights: --lpips FOLDER")
        if options.frechet is None and stage.select.endswith("frechet"):
            raise ValueError(f"stage {stage.name} needs the SqueezeNet weights: --frechet FILE")


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


def _parser(command: str, recipe: str, *, needs_init: bool) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m training {command}", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of photographs or of tar shards")
    # Not `--run`: torchrun takes that for an option of its own. Without torchrun it still works as an abbreviation.
    parser.add_argument("--run-folder", type=Path, required=True, help="one that holds a snapshot is resumed")
    parser.add_argument("--recipe", type=Path, default=recipe, help="a file, or the name of one in training/recipes")
    init = "checkpoint to start from: a file or hf://…; the recipe's network may have more parts"
    if needs_init:
        parser.add_argument("--init", required=True, help=init)
        parser.set_defaults(backbone=None)
    else:
        start = parser.add_mutually_exclusive_group()
        start.add_argument("--backbone", help="pre-trained encoder: a file or hf://…; without it, from scratch")
        start.add_argument("--init", help=init)
    parser.add_argument(
        "--held-out",
        type=Path,
        help="names of photographs not to train on; if the list of this\
        repository names none of them, every twentieth is held out",
    )
    parser.add_argument("--validation", type=Path, help="names of those among them that choose the best weights")
    parser.add_argument("--lpips", type=Path, help="folder with the LPIPS weights, for the perceptual loss and score")
    parser.add_argument("--frechet", type=Path, help="SqueezeNet 1.1 weights, for the Fréchet score")
    parser.add_argument("--limit", type=positive, help="read only so many files")
    parser.add_argument("--tensorboard", action="store_true", help="write scalars and sheets for TensorBoard")
    parser.add_argument("--device", choices=("cpu", "cuda"), help="instead of a GPU if there is one")
    parser.add_argument("--threads", type=positive, default=2)
    parser.add_argument("--steps", type=positive, help="of each stage, instead of the recipe's budgets")
    return parser
