"""`python -m training evaluate-draws`: how diverse and how plausible a checkpoint's variants are.

At 256 × 256 and vividness 1, as `training evaluate`. What a picture's best variant gains over the estimate is what
somebody who may choose gets; how far variants lie apart is a mean of CIEDE2000 over all pairs of them.
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
    """Of one picture's variants: each one's PSNR against the original, the estimate's first, and their mean ΔE00."""

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
    print(f"| estimate | {_mean(one.psnr[0] for one in spreads):.2f} |")
    print(f"| a variant | {_mean(np.mean(one.psnr[1:]) for one in spreads):.2f} |")
    print(f"| best of {VARIANTS} | {_mean(max(one.psnr) for one in spreads):.2f} |")
    print(f"\nThe variants of a picture lie {_mean(one.apart for one in spreads):.1f} ΔE00 apart.")
    return 0


def spread(colorizer: Colorizer, original: RGB) -> Spread:
    """Of the variants of seed 0, of an original of the evaluation's size."""
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
