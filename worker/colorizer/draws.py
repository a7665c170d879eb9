"""Diverse plausible colorings: random noise is added to the distribution over colors before it is turned into a color.

This is Papandreou & Yuille's "Perturb-and-MAP" (2011) with the annealed mean in place of the maximum. Where the
colorizer is certain nothing changes; where several colors are plausible the noise decides. The noise is smooth, so that
regions which are adjacent, look alike and have the same estimate change together: a Gaussian process over color,
position, lightness and estimate, by random Fourier features (Rahimi & Recht, "Random Features for Large-Scale Kernel
Machines", 2007).
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

# The length scales of the process, chosen by eye: in Lab units between bins, in sides of the picture, in Lab units of
# lightness and of the estimate. STRENGTH is its standard deviation in units of the logits.
BIN_SCALE = 25.0
POSITION_SCALE = 0.6
LIGHTNESS_SCALE = 40.0
ESTIMATE_SCALE = 16.0
STRENGTH = 1.0
FEATURES = 256
# Noise only affects the annealed mean, so a draw has at least this share of it, whatever the vividness.
LEAST_SHARE = 0.5
# An estimate averages the plausible colors and is duller than each of them. This makes draws as colorful as estimates.
DRAWN_GAIN = 0.8


@dataclass(frozen=True)
class Draw:
    """The first variant of seed 0 is the best estimate. Any other pair is a random draw among the plausible colorings.

    The same pair gives the same draw. It also prefers the same colors from one picture to the next.
    """

    seed: int = 0
    variant: int = 1

    @property
    def is_estimate(self) -> bool:
        return self.seed == 0 and self.variant == 1


ESTIMATE = Draw()


def perturbed(logits: Tensor, bins: Tensor, lightness: Tensor, ab: Tensor, draw: Draw) -> Tensor:
    """[N, Q, h, w] logits over [Q, 2] bins, with the noise of this draw added.

    `lightness` is [N, 1, H, W] in 0..100, `ab` the estimate, [N, 2, h, w] in Lab units.
    """
    if draw.is_estimate:
        return logits
    random = np.random.default_rng((draw.seed, draw.variant))
    of_bins, of_appearance = (random.standard_normal((FEATURES, axes)).astype(np.float32) for axes in (2, 5))
    phases = random.uniform(0, 2 * math.pi, FEATURES).astype(np.float32)
    bin_waves = bins @ torch.from_numpy(of_bins).to(bins).T / BIN_SCALE
    appearance = _appearance(lightness, ab)
    look_waves = torch.einsum("fc,nchw->nfhw", torch.from_numpy(of_appearance).to(appearance), appearance)
    look_waves += torch.from_numpy(phases).to(appearance).view(-1, 1, 1)
    # As products (the cosine of a sum), so that no tensor over features, bins and positions together is needed.
    noise = torch.einsum("qf,nfhw->nqhw", bin_waves.cos(), look_waves.cos())
    noise -= torch.einsum("qf,nfhw->nqhw", bin_waves.sin(), look_waves.sin())
    return logits + STRENGTH * math.sqrt(2 / FEATURES) * noise


def _appearance(lightness: Tensor, ab: Tensor) -> Tensor:
    """[N, 5, h, w]: position, lightness and estimate of each cell, in units of their length scales."""
    height, width = ab.shape[2:]
    light = functional.adaptive_avg_pool2d(lightness, (height, width)) / LIGHTNESS_SCALE
    side = max(height, width) * POSITION_SCALE
    y, x = torch.meshgrid(torch.arange(height).to(ab) / side, torch.arange(width).to(ab) / side, indexing="ij")
    position = torch.stack([x, y]).expand(len(ab), 2, height, width)
    return torch.cat([position, light, ab / ESTIMATE_SCALE], dim=1)
