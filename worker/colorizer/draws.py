"""Diverse plausible colorings: the distribution over colors, disturbed at random and then read as always.

That is Papandreou & Yuille's "Perturb-and-MAP" (2011) with the annealed mean for the maximum: where the colorizer is
sure nothing changes, where it wavers between colors the disturbance decides. It is smooth, so that what lies together,
looks alike and would have been given the same color changes as one: a Gaussian process over color, place, lightness and
estimate, by random Fourier features (Rahimi & Recht, "Random Features for Large-Scale Kernel Machines", 2007).
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

# How far the process stays alike, chosen by eye: in Lab units between bins, in sides of the picture, in Lab units of
# lightness and of the estimate. And its standard deviation, in units of the logits.
BIN_REACH = 25.0
PLACE_REACH = 0.6
LIGHTNESS_REACH = 40.0
ESTIMATE_REACH = 16.0
STRENGTH = 1.0
FEATURES = 256
# A draw is seen in the distribution alone, so it counts this much even where the estimate is all cautious mean.
LEAST_SHARE = 0.5
# An estimate lies between the colors that are plausible and is duller than each of them; this makes draws as colorful.
DRAWN_GAIN = 0.8


@dataclass(frozen=True)
class Draw:
    """The first variant of seed 0 is the colorizer's best estimate; any other pair is one drawn from what it holds for
    plausible, the same each time. A draw has a taste of its own: what it likes in one picture it likes in the next.
    """

    seed: int = 0
    variant: int = 1

    @property
    def is_estimate(self) -> bool:
        return self.seed == 0 and self.variant == 1


ESTIMATE = Draw()


def disturbed(logits: Tensor, bins: Tensor, lightness: Tensor, ab: Tensor, draw: Draw) -> Tensor:
    """[N, Q, h, w] logits over [Q, 2] bins as this draw has them.

    `lightness` is [N, 1, H, W] in 0..100, `ab` the estimate, [N, 2, h, w] in Lab units.
    """
    if draw.is_estimate:
        return logits
    random = np.random.default_rng((draw.seed, draw.variant))
    of_bins, of_looks = (random.standard_normal((FEATURES, axes)).astype(np.float32) for axes in (2, 5))
    phases = random.uniform(0, 2 * math.pi, FEATURES).astype(np.float32)
    bin_waves = bins @ torch.from_numpy(of_bins).to(bins).T / BIN_REACH
    looks = _looks(lightness, ab)
    look_waves = torch.einsum("fc,nchw->nfhw", torch.from_numpy(of_looks).to(looks), looks)
    look_waves += torch.from_numpy(phases).to(looks).view(-1, 1, 1)
    # The cosine of a sum, so that no wave of bins and looks together is ever held.
    noise = torch.einsum("qf,nfhw->nqhw", bin_waves.cos(), look_waves.cos())
    noise -= torch.einsum("qf,nfhw->nqhw", bin_waves.sin(), look_waves.sin())
    return logits + STRENGTH * math.sqrt(2 / FEATURES) * noise


def _looks(lightness: Tensor, ab: Tensor) -> Tensor:
    """[N, 5, h, w]: where a place lies, how light it is and what is estimated of it, each in units of its reach."""
    height, width = ab.shape[2:]
    light = functional.adaptive_avg_pool2d(lightness, (height, width)) / LIGHTNESS_REACH
    side = max(height, width) * PLACE_REACH
    y, x = torch.meshgrid(torch.arange(height).to(ab) / side, torch.arange(width).to(ab) / side, indexing="ij")
    place = torch.stack([x, y]).expand(len(ab), 2, height, width)
    return torch.cat([place, light, ab / ESTIMATE_REACH], dim=1)
