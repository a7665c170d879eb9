"""The adversarial losses: hinge, after Lim & Ye, "Geometric GAN" (2017), over each judge's maps of scores."""

from collections.abc import Sequence

import torch
from torch import Tensor


def discriminator_loss(real: Sequence[Tensor], fake: Sequence[Tensor]) -> Tensor:
    """Hinge: places of photographs above 1, of made pictures below -1; each map of scores counts the same."""
    losses = [(1 - x.float()).relu().mean() + (1 + y.float()).relu().mean() for x, y in zip(real, fake, strict=True)]
    return torch.stack(losses).mean()


def generator_loss(fake: Sequence[Tensor]) -> Tensor:
    return -torch.stack([scores.float().mean() for scores in fake]).mean()
