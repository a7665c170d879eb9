"""Measure how diverse and how plausible a checkpoint's variants are.

Pictures are compared at 256 × 256 and vividness 1, as in `evaluate`. The gain of a picture's best variant over the
estimate is what a user gains who chooses among them. The distance of variants is the mean CIEDE2000 over all pairs.
"""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import torch

from training.commands.sampling import sample_parser, sampled_originals
from training.data.originals import RGB
from training.networks.weight_references import local_checkpoint
from training.scores import metrics
from training.scores.views import Squeezed
from worker.colorizer import CheckpointError, Colorizer, Draw

VARIANTS = 4


@dataclass(frozen=True)
class Spread:
    """The PSNR of each variant of a picture against the original, the estimate's first, and their mean ΔE00."""

    psnr: tuple[float, ...]
    apart: float


def main(arguments: list[str] | None = None) -> int:
    options = sample_parser("evaluate-draws", __doc__, most=64).parse_args(arguments)
    torch.set_num_threads(options.threads)
    try:
        colorizer = Colorizer.load(local_checkpoint(options.checkpoint))
        spreads = [spread(colorizer, original.picture) for original in sampled_originals(options)]
    except (CheckpointError, OSError, ValueError) as error:
        print(f"evaluate-draws: {error}", file=sys.stderr)
        return 2
    print(f"| {len(spreads)} photographs | PSNR |\n|---|---|")
    print(f"| estimate | {_mean(picture.psnr[0] for picture in spreads):.2f} |")
    print(f"| a variant | {_mean(np.mean(picture.psnr[1:]) for picture in spreads):.2f} |")
    print(f"| best of {VARIANTS} | {_mean(max(picture.psnr) for picture in spreads):.2f} |")
    print(f"\nThe variants of a picture lie {_mean(picture.apart for picture in spreads):.1f} ΔE00 apart on average.")
    return 0


def spread(colorizer: Colorizer, original: RGB) -> Spread:
    """The spread of the variants of seed 0 for an original of the evaluation's size."""
    view = Squeezed()
    lightness = view.lightness(original)
    variants = [
        view.paint(original, colorizer.chroma(lightness, draw=Draw(0, number + 1))[0]) for number in range(VARIANTS)
    ]
    return Spread(
        tuple(metrics.psnr(variant, original) for variant in variants),
        _mean(metrics.mean_ciede2000(*pair) for pair in combinations(variants, 2)),
    )


def _mean(values: Iterable[float | np.floating]) -> float:
    return float(np.mean(list(values)))
