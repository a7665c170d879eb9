"""Measure how much a checkpoint gains from hints: points with their true color.

The PSNR is that of the cautious head at 256 × 256, as in `evaluate`. The points are drawn uniformly, each with the mean
color of its patch, as in figure 6 of Zhang et al., "Real-Time User-Guided Image Colorization with Learned Deep Priors"
(2017).
"""

import sys
from collections.abc import Sequence

import numpy as np
import torch
from numpy.random import Generator as Random
from numpy.typing import NDArray

from training.commands.calibrate import Sample, sample
from training.commands.sampling import sample_parser, sampled_originals
from training.data.simulated_hints import hint_at
from training.networks.weight_references import local_checkpoint
from training.scores import metrics
from training.scores.contact_sheet import compose
from training.scores.views import Squeezed
from worker.colorizer import CheckpointError
from worker.colorizer.checkpoint import load_checkpoint
from worker.colorizer.hints import hint_map
from worker.colorizer.network import Generator

POINTS = (0, 1, 5, 20, 50)


def main(arguments: list[str] | None = None) -> int:
    options = sample_parser("evaluate-hints", __doc__, most=64).parse_args(arguments)
    torch.set_num_threads(options.threads)
    try:
        generator = _generator(options.checkpoint)
        samples = [sample(original.picture, generator) for original in sampled_originals(options)]
    except (CheckpointError, OSError, ValueError) as error:
        print(f"evaluate-hints: {error}", file=sys.stderr)
        return 2
    print(f"| {len(samples)} photographs | PSNR |\n|---|---|")
    for points in POINTS:
        print(f"| {points} points | {mean_psnr(generator, samples, points):.2f} |", flush=True)
    return 0


def _generator(checkpoint: str) -> Generator:
    generator = load_checkpoint(local_checkpoint(checkpoint)).generator
    if not generator.config.hints:
        raise CheckpointError(f"{checkpoint} takes no hints: choose a checkpoint trained with hints = true")
    return generator


@torch.inference_mode()
def mean_psnr(generator: Generator, samples: Sequence[Sample], points: int, *, seed: int = 0) -> float:
    """The mean over the samples, each with this many hints."""
    random = np.random.default_rng(seed)
    scores = []
    for item in samples:
        hints = _hints(item, points, random)
        ab = generator(torch.from_numpy(item.lightness[None]), torch.from_numpy(hints[None]))[1][0].numpy()
        scores.append(metrics.psnr(compose(item.lightness, ab), item.original))
    return float(np.mean(scores))


def _hints(item: Sample, points: int, random: Random) -> NDArray[np.float32]:
    ab = Squeezed().true_chroma(item.original)
    places = random.uniform(0, 1, (points, 2))
    return hint_map([hint_at(ab, float(x), float(y)) for x, y in places], *ab.shape[1:])
