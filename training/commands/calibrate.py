"""Choose what vividness 0 and 1 mean for a checkpoint.

The cautious ab mean is dull and the annealed mean is patchy; serving mixes them. For every temperature and share, this
command finds the gain that reaches the target colorfulness on photographs, which should be held out from training,
and prints the scores.
For vividness 1 it chooses the mix with the smallest Fréchet distance; without its weights, the smallest LPIPS; without
those, the highest PSNR. For vividness 0 it chooses the mix with the highest PSNR.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.commands.sampling import sample_parser, sampled_originals
from training.data.originals import RGB
from training.networks.squeezenet import SqueezeNet
from training.networks.weight_references import local_checkpoint
from training.scores import metrics
from training.scores.contact_sheet import compose
from training.scores.frechet import frechet_distance
from training.scores.lpips import LPIPS
from training.scores.validation import Judges
from training.scores.views import Squeezed
from worker.colorizer import CheckpointError
from worker.colorizer.calibration import Calibration, calibrated_mix
from worker.colorizer.checkpoint import load_checkpoint
from worker.colorizer.network import Generator

TEMPERATURES = (0.2, 0.3, 0.4, 0.5, 0.65)
SHARES = (0.5, 0.75, 1.0)
LEAST_SHARES = (0.0, 0.25, 0.5)
GAINS = (0.8, 2.4)

Float = NDArray[np.float32]


@dataclass(frozen=True)
class Sample:
    """A photograph and the generator's outputs: [1, H, W], [Q, h, w] in half precision, [2, h, w]."""

    original: RGB
    lightness: Float
    logits: Tensor
    cautious: Float


@dataclass(frozen=True)
class Outcome:
    """The scores of a calibration on the samples; a score without its network is None."""

    calibration: Calibration
    ratio: float
    psnr: float
    lpips: float | None
    frechet: float | None

    @property
    def cost(self) -> float:
        return next(score for score in (self.frechet, self.lpips, -self.psnr) if score is not None)


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    torch.set_num_threads(options.threads)
    try:
        generator = load_checkpoint(local_checkpoint(options.checkpoint)).generator
        judges = Judges(
            LPIPS.load(options.lpips) if options.lpips else None,
            SqueezeNet.load(options.frechet) if options.frechet else None,
        )
        samples = [sample(original.picture, generator) for original in sampled_originals(options)]
    except (CheckpointError, OSError, ValueError) as error:
        print(f"calibrate: {error}", file=sys.stderr)
        return 2
    print(f"{len(samples)} photographs\ntemperature  share  gain  colorfulness  PSNR   LPIPS   Fréchet")
    best = min(_outcomes(samples, generator.bins, judges, options.ratio), key=lambda outcome: outcome.cost)
    kept = best.calibration
    least = max(LEAST_SHARES, key=lambda share: _psnr(samples, generator.bins, kept.temperature, share))
    print(f"--temperature {kept.temperature} --share {kept.share} --gain {kept.gain} --least-share {least}")
    return 0


@torch.inference_mode()
def sample(original: RGB, generator: Generator) -> Sample:
    """Run the generator once on an original of the evaluation's size."""
    lightness = Squeezed().lightness(original)
    logits, cautious = generator(torch.from_numpy(lightness))
    return Sample(original, lightness[0], logits[0].half(), cautious[0].numpy())


def _outcomes(samples: Sequence[Sample], bins: Tensor, judges: Judges, ratio: float) -> Iterable[Outcome]:
    for temperature, share in product(TEMPERATURES, SHARES):
        mixed = [_mix(item, bins, temperature, share) for item in samples]
        outcome = _outcome(samples, mixed, Calibration(temperature, share, _gain(samples, mixed, ratio)), judges)
        scores = [f"{score:.5g}" if score is not None else "" for score in (outcome.lpips, outcome.frechet)]
        numbers = (temperature, share, outcome.calibration.gain, outcome.ratio, outcome.psnr)
        print("{:11.2f}  {:5.2f}  {:4.2f}  {:13.2f}  {:5.2f}  ".format(*numbers), *scores, flush=True)
        yield outcome


def _psnr(samples: Sequence[Sample], bins: Tensor, temperature: float, share: float) -> float:
    pictures = (compose(item.lightness, _mix(item, bins, temperature, share)) for item in samples)
    scores = [metrics.psnr(picture, item.original) for picture, item in zip(pictures, samples, strict=True)]
    return float(np.mean(scores))


def _mix(item: Sample, bins: Tensor, temperature: float, share: float) -> Float:
    """The mix of both heads at a gain of 1."""
    logits, cautious = item.logits.float()[None], torch.from_numpy(item.cautious)[None]
    return calibrated_mix(logits, cautious, bins, temperature=temperature, share=share)[0].numpy()


def _gain(samples: Sequence[Sample], mixed: Sequence[Float], ratio: float) -> float:
    """The gain within GAINS at which colorfulness reaches `ratio` of the originals', by bisection."""
    low, high = GAINS
    for _ in range(7):
        middle = (low + high) / 2
        low, high = (middle, high) if _ratio(samples, mixed, middle) < ratio else (low, middle)
    return round((low + high) / 2, 2)


def _ratio(samples: Sequence[Sample], mixed: Sequence[Float], gain: float) -> float:
    pictures = (compose(item.lightness, gain * ab) for item, ab in zip(samples, mixed, strict=True))
    original = sum(metrics.colorfulness(item.original) for item in samples)
    return sum(metrics.colorfulness(picture) for picture in pictures) / original


def _outcome(samples: Sequence[Sample], mixed: Sequence[Float], calibration: Calibration, judges: Judges) -> Outcome:
    pictures = [compose(item.lightness, calibration.gain * ab) for item, ab in zip(samples, mixed, strict=True)]
    pairs = list(zip(pictures, (item.original for item in samples), strict=True))
    lpips, squeezenet = judges.lpips, judges.squeezenet
    frechet = (
        frechet_distance(*([squeezenet.describe(picture) for picture in side] for side in zip(*pairs, strict=True)))
        if squeezenet
        else None
    )
    return Outcome(
        calibration,
        ratio=_ratio(samples, mixed, calibration.gain),
        psnr=float(np.mean([metrics.psnr(*pair) for pair in pairs])),
        lpips=float(np.mean([lpips.between(*pair) for pair in pairs])) if lpips else None,
        frechet=frechet,
    )


def _parser() -> argparse.ArgumentParser:
    parser = sample_parser("calibrate", __doc__, most=86)
    ratio = "the target colorfulness relative to the originals (default: %(default)s)"
    parser.add_argument("--ratio", type=float, default=0.85, help=ratio)
    parser.add_argument("--lpips", type=Path, help="folder with the LPIPS weights")
    parser.add_argument("--frechet", type=Path, help="SqueezeNet 1.1 weights, for the Fréchet distance")
    return parser
