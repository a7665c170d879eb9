"""Train a colorizer from a recipe and a folder of photographs, on one device or on several by torchrun."""

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from training.commands.closing import closing_claim
from training.commands.options import positive
from training.data.heartbeat import Heartbeat
from training.data.holding_out import Division, divide
from training.data.names import write_names
from training.data.originals import counted
from training.data.photographs import Photograph, PhotographSet, load_photographs
from training.losses.perceptual import PerceptualLoss
from training.losses.reconstruction import ReconstructionLoss, bin_prior, rebalancing
from training.networks.backbone import load_backbone
from training.networks.projection import Projection
from training.networks.squeezenet import SqueezeNet
from training.networks.starting_weights import copy_weights
from training.networks.weight_references import local_checkpoint, local_weights, recorded
from training.recipes.recipe import Budget, Recipe, read_recipe
from training.run.run_folder import RunFolder, git_revision, open_board
from training.run.signals import stop_on_signals
from training.run.summary import summary
from training.run.trainer import Trainer
from training.run.world import World
from training.scores.lpips import LPIPS
from training.scores.validation import FEW, Judges, Validator
from worker.colorizer import CheckpointError
from worker.colorizer.bins import soft_encoding
from worker.colorizer.calibration import Calibration
from worker.colorizer.checkpoint import Checkpoint, CheckpointInfo, load_checkpoint
from worker.colorizer.network import Generator, GeneratorConfig

_TOO_FEW = (
    f"photographs to validate on: {{}}. With fewer than {FEW}, chance mostly decides which weights are the best: "
    "list more, with --held-out and --validation"
)


def main(
    arguments: list[str] | None = None, *, command: str = "train", recipe: str = "base-cpu", needs_init: bool = False
) -> int:
    """Run `train`, or a command that differs from it in its default recipe and in whether it needs `--init`."""
    options = _parser(command, recipe, needs_init=needs_init).parse_args(arguments)
    torch.set_num_threads(options.threads)
    try:
        world = World.join(options.device)
    except ValueError as error:
        return _refused(command, error)
    try:
        with Heartbeat(f"reading {options.data}", silent=not world.leads) as heartbeat:
            trainer = _prepare(options, world, heartbeat)
        _resume(trainer, world)
    except (CheckpointError, OSError, ValueError) as error:
        world.leave()
        return _refused(command, error)
    reason = trainer.run(stop_on_signals())
    if world.leads:
        print(summary(trainer, reason, recorded(options.init)), flush=True)
        if reason != "stopped" and (claim := _closing_claim(trainer, options)):
            print(claim, flush=True)
    world.leave()
    return 130 if reason == "stopped" else 0


def _closing_claim(trainer: Trainer, options: argparse.Namespace) -> str | None:
    with Heartbeat("measuring the result on the held-out photographs"):
        return closing_claim(trainer, options)


def _refused(command: str, error: Exception) -> int:
    print(f"{command}: {error}", file=sys.stderr)
    return 2


def _resume(trainer: Trainer, world: World) -> None:
    """Resume the run in this folder, if there is one."""
    if (state := trainer.folder.load_snapshot()) is not None:
        trainer.resume(state)
        if world.leads:
            trainer.folder.log("resumed", stage=trainer.stage.name, step=trainer.position.step)


def _prepare(options: argparse.Namespace, world: World, heartbeat: Heartbeat) -> Trainer:
    init = load_checkpoint(local_checkpoint(options.init)) if options.init else None
    recipe = _with_overrides(read_recipe(options.recipe), options).resolved(
        init.info.generator if init else None, init.info.calibration if init else Calibration()
    )
    _check_weights(recipe, options)

    def show(read: int) -> None:
        heartbeat.status = f"reading {options.data}: {read} photographs"

    photographs = load_photographs(options.data, limit=options.limit, threads=options.threads, on_read=show)
    heartbeat.status = f"preparing {len(photographs.photographs)} photographs"
    division = divide(photographs, recipe, held_out=options.held_out, validation=options.validation)
    torch.manual_seed(recipe.seed)
    info = CheckpointInfo(
        recipe.name, recipe.generator or GeneratorConfig(), calibration=recipe.calibration or Calibration()
    )
    generator = Generator(info.generator)
    start = _fill(generator, init, options)
    encoding = soft_encoding(info.generator.bin_grid)
    rarity = rebalancing(bin_prior(division.train, encoding, len(generator.bins)), recipe.uniform_share)
    provenance = _provenance(recipe, options, photographs, division)
    folder = _folder(provenance, photographs, division, options, world)
    validator = _validator(division.validation, info.calibration, recipe, options, world) if world.leads else None
    if validator:
        folder.log("gray", total_steps=0, **validator.gray)
    needs_projection = any(stage.weights.projected_adversarial for stage in recipe.stages)
    wants_features = any(stage.weights.needs_features for stage in recipe.stages)
    return Trainer(
        recipe,
        generator,
        ReconstructionLoss(encoding, rarity),
        perceptual=PerceptualLoss.load(options.lpips) if wants_features else None,
        projection=Projection.load(options.projection) if needs_projection else None,
        train=division.train,
        validator=validator,
        folder=folder,
        info=replace(info, training=provenance, notice=start.notice),
        pretrained=bool(options.backbone or options.init),
        world=world,
        must_improve=start.is_complete,
    )


@dataclass(frozen=True)
class _Start:
    """The initial weights: the notice they carry, and whether they are complete, so that the run has to beat them."""

    notice: str = ""
    is_complete: bool = False


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
    provenance: dict[str, Any],
    photographs: PhotographSet,
    division: Division,
    options: argparse.Namespace,
    world: World,
) -> RunFolder:
    board = open_board(options.run_folder) if options.tensorboard and world.leads else None
    folder = RunFolder(options.run_folder, board=board)
    if world.leads:
        folder.describe(provenance)
        write_names(folder.path / "held-out.txt", (photograph.name for photograph in division.held_out))
        write_names(folder.path / "skipped.txt", (f"{file.reason}\t{file.name}" for file in photographs.skipped))
        folder.log("start", **{key: value for key, value in provenance.items() if key != "recipe"})
        if photographs.skipped:
            folder.log("skipped", files=counted(photographs.reasons), named_in="skipped.txt")
        if len(division.validation) < FEW:
            folder.log("warning", detail=_TOO_FEW.format(len(division.validation)))
    return folder


def _provenance(
    recipe: Recipe, options: argparse.Namespace, photographs: PhotographSet, division: Division
) -> dict[str, Any]:
    """What the run folder and each checkpoint record about the run's recipe, weights, code and data."""
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
            raise ValueError(f"stage {stage.name} needs the LPIPS weights. Give their folder: --lpips FOLDER")
        if options.projection is None and stage.weights.projected_adversarial:
            raise ValueError(
                f"stage {stage.name} needs the weights of EfficientNet-Lite2. Give their file: --projection FILE"
            )
        if options.frechet is None and stage.select.endswith("frechet"):
            raise ValueError(f"stage {stage.name} needs the SqueezeNet weights. Give their file: --frechet FILE")


def _with_overrides(recipe: Recipe, options: argparse.Namespace) -> Recipe:
    if options.steps is None:
        return recipe
    return replace(recipe, stages=tuple(replace(stage, budget=Budget(steps=options.steps)) for stage in recipe.stages))


def _parser(command: str, recipe: str, *, needs_init: bool) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m training {command}", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of photographs or of tar shards")
    # Not `--run`, which torchrun would parse as its own option. Without torchrun that works as an abbreviation.
    parser.add_argument(
        "--run-folder", type=Path, required=True, help="where the run is written; a run in it is resumed"
    )
    parser.add_argument(
        "--recipe",
        type=Path,
        default=recipe,
        help="a file, or the name of a recipe in training/recipes (default: %(default)s)",
    )
    init = "checkpoint to start from: a file or hf://…; the recipe's network may have additional parts"
    if needs_init:
        parser.add_argument("--init", required=True, help=init)
        parser.set_defaults(backbone=None)
    else:
        start = parser.add_mutually_exclusive_group()
        start.add_argument("--backbone", help="pre-trained encoder: a file or hf://…; default: from scratch")
        start.add_argument("--init", help=init)
    parser.add_argument(
        "--held-out",
        type=Path,
        help="list of photographs not to train on; without it the repository's lists, or every twentieth photograph if "
        "that names none of them",
    )
    parser.add_argument("--validation", type=Path, help="list of those among them that select the best weights")
    parser.add_argument("--lpips", type=Path, help="folder with the LPIPS weights, for the perceptual loss and score")
    parser.add_argument(
        "--projection", type=Path, help="EfficientNet-Lite2 weights, for the discriminator of projected features"
    )
    parser.add_argument("--frechet", type=Path, help="SqueezeNet 1.1 weights, for the Fréchet score")
    parser.add_argument("--limit", type=positive, help="read at most this many pictures")
    parser.add_argument("--tensorboard", action="store_true", help="write scalars and contact sheets for TensorBoard")
    parser.add_argument("--device", choices=("cpu", "cuda"), help="default: cuda if there is a GPU, else cpu")
    parser.add_argument("--threads", type=positive, default=2)
    parser.add_argument("--steps", type=positive, help="number of steps of each stage, instead of the recipe's budgets")
    return parser
