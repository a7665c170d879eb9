"""`python -m training.evaluate_hints`: how much a checkpoint gains from points whose true color it is told.

The cautious head at 256 × 256, as in `training.evaluate`; the points lie anywhere, each with the mean color of its
patch. Zhang et al., "Real-Time User-Guided Image Colorization with Learned Deep Priors" (2017), figure 6, does this.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.random import Generator as Random
from numpy.typing import NDArray

from training import metrics
from training.calibrate import Sample, sample
from training.contact_sheet import compose
from training.evaluate import photographs_to_score
from training.revealing import hint_at
from worker.colorizer import CheckpointError
from worker.colorizer.checkpoint import load_checkpoint
from worker.colorizer.color import lab_from_rgb
from worker.colorizer.hints import hint_map
from worker.colorizer.network import OUTPUT_STRIDE, Generator

POINTS = (0, 1, 5, 20, 50)


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    torch.set_num_threads(options.threads)
    try:
        generator = load_checkpoint(options.checkpoint).generator
        names = set(options.names.read_text().split()[:: options.every])
        samples = [sample(photograph, generator) for _, photograph in photographs_to_score(options.data, names)]
    except (CheckpointError, OSError) as error:
        print(f"evaluate_hints: {error}", file=sys.stderr)
        return 1
    if not generator.config.hints or not samples:
        reason = "holds none of the listed photographs" if generator.config.hints else "is colored without hints"
        print(f"evaluate_hints: {options.data} {reason}", file=sys.stderr)
        return 1
    print(f"| {len(samples)} photographs | PSNR |\n|---|---|")
    for points in POINTS:
        print(f"| {points} points | {mean_psnr(generator, samples, points):.2f} |", flush=True)
    return 0


@torch.inference_mode()
def mean_psnr(generator: Generator, samples: Sequence[Sample], points: int, *, seed: int = 0) -> float:
    """Over the samples, each told the color at so many places."""
    random = np.random.default_rng(seed)
    scores = []
    for one in samples:
        hints = _hints(one, points, random)
        ab = generator(torch.from_numpy(one.lightness[None]), torch.from_numpy(hints[None]))[1][0].numpy()
        scores.append(metrics.psnr(compose(one.lightness, ab), one.original))
    return float(np.mean(scores))


def _hints(one: Sample, points: int, random: Random) -> NDArray[np.float32]:
    height, width = (side // OUTPUT_STRIDE for side in one.original.shape[:2])
    cells = lab_from_rgb(one.original)[..., 1:].reshape(height, OUTPUT_STRIDE, width, OUTPUT_STRIDE, 2).mean((1, 3))
    ab = np.ascontiguousarray(cells.transpose(2, 0, 1), dtype=np.float32)
    places = random.uniform(0, 1, (points, 2))
    return hint_map([hint_at(ab, float(x), float(y)) for x, y in places], height, width)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.evaluate_hints", description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="folder of photographs or of tar shards")
    parser.add_argument("--names", type=Path, default=Path(__file__).parent / "validation.txt")
    parser.add_argument("--every", type=int, default=4, help="take every so-manieth of the listed photographs")
    parser.add_argument("--threads", type=int, default=2)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
