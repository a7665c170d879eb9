"""Average the weights of checkpoints that share a beginning, such as stages of a run or runs from one checkpoint.

Such weights lie in one basin of the loss, and their mean is often better than each of them (Izmailov et al. 2018,
"Averaging weights leads to wider optima"; Wortsman et al. 2022, "Model soups"). Score the mean before you trust it:
weights that share no beginning average to noise. The card is that of the first checkpoint, without its scores; it
lists what was averaged under `training`.
"""

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from training.networks.weight_references import local_checkpoint
from worker.colorizer.checkpoint import Checkpoint, CheckpointError, load_checkpoint, save_checkpoint
from worker.colorizer.network import Generator


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        path = average([local_checkpoint(reference) for reference in options.checkpoints], options.output)
    except (CheckpointError, OSError, ValueError) as error:
        print(f"average: {error}", file=sys.stderr)
        return 2
    print(f"{path}: the mean of {len(options.checkpoints)} checkpoints. Score it against them: training evaluate")
    return 0


def average(paths: Sequence[Path], output: Path) -> Path:
    """Write the mean of the weights as `output`, a path without or with `.safetensors`, and return its path.

    Raises ValueError if there are fewer than two, or if one has another architecture, and CheckpointError.
    """
    if len(paths) < 2:
        raise ValueError("give two checkpoints or more.")
    checkpoints = [load_checkpoint(path) for path in paths]
    first = checkpoints[0]
    for path, other in zip(paths, checkpoints, strict=True):
        if other.info.generator != first.info.generator:
            raise ValueError(f"{path} has another architecture than {paths[0]}. Only equal ones can be averaged.")
    parts = [{"name": checkpoint.info.name, "sha256": checkpoint.sha256} for checkpoint in checkpoints]
    info = dataclasses.replace(
        first.info, name=output.stem, metrics={}, training=first.info.training | {"average_of": parts}
    )
    return save_checkpoint(output.parent, info, _mean(checkpoints))


@torch.no_grad()
def _mean(checkpoints: Sequence[Checkpoint]) -> Generator:
    states = [checkpoint.generator.state_dict() for checkpoint in checkpoints]
    generator = checkpoints[0].generator
    mean = {
        name: torch.stack([state[name].double() for state in states]).mean(dim=0).to(tensor.dtype)
        for name, tensor in states[0].items()
    }
    generator.load_state_dict(mean)
    return generator


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training average", description=__doc__)
    parser.add_argument("checkpoints", metavar="checkpoint", nargs="+", help="a path, or hf://OWNER/REPOSITORY/FILE")
    parser.add_argument("--output", type=Path, required=True, help="such as runs/mine/mean.safetensors")
    return parser
