"""The adversarial losses over a discriminator's maps of scores: hinge, after Lim & Ye, "Geometric GAN" (2017)."""

from collections.abc import Sequence

import torch
from torch import Tensor


def discriminator_loss(real: Sequence[Tensor], fake: Sequence[Tensor]) -> Tensor:
    """Scores of photographs should exceed 1, scores of generated pictures stay below -1. All maps count alike."""
    losses = [(1 - x.float()).relu().mean() + (1 + y.float()).relu().mean() for x, y in zip(real, fake, strict=True)]
    return torch.stack(losses).mean()


def generator_loss(fake: Sequence[Tensor]) -> Tensor:
    return -torch.stack([scores.float().mean() for scores in fake]).mean()
