"""Stage one's loss: class-rebalanced cross-entropy over ab bins and smooth L1 on ab. No adversary."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from training.photographs import AB_OFFSET, Photograph
from training.recipe import Objective
from worker.colorizer.bins import SoftEncoding
from worker.colorizer.network import AB_SCALE


@dataclass(frozen=True)
class LossParts:
    total: Tensor
    bins: Tensor
    ab: Tensor


def bin_prior(photographs: Sequence[Photograph], encoding: SoftEncoding, bins: int) -> NDArray[np.float64]:
    """[Q] how often each bin occurs, from every eighth pixel of every photograph."""
    prior = torch.zeros(bins, dtype=torch.float64)
    for photograph in photographs:
        sample = photograph.planes[4::8, 4::8, 1:].astype(np.float32) - AB_OFFSET
        index, weight = encoding(torch.from_numpy(sample).permute(2, 0, 1).unsqueeze(0))
        prior.index_add_(0, index.flatten(), weight.flatten().double())
    return (prior / prior.sum()).numpy()


def rebalancing(prior: NDArray[np.float64], uniform_share: float) -> Tensor:
    """[Q] weights, inverse to the smoothed prior, 1 on average over pixels (Zhang et al. 2016, eq. 4)."""
    smoothed = (1 - uniform_share) * prior + uniform_share / len(prior)
    weights = 1 / smoothed
    return torch.from_numpy(weights / (prior * weights).sum()).float()


class ReconstructionLoss:
    """Compares the generator's two outputs with the true ab at the output stride."""

    def __init__(self, objective: Objective, encoding: SoftEncoding, weights: Tensor) -> None:
        self._objective = objective
        self._encoding = encoding
        self._weights = weights

    def __call__(self, logits: Tensor, ab: Tensor, truth: Tensor) -> LossParts:
        """[N, Q, h, w] logits and [N, 2, h, w] ab against [N, 2, h, w] truth, in Lab units."""
        index, share = self._encoding(truth)
        likelihood = torch.log_softmax(logits.float(), dim=1).gather(1, index)
        rarity = self._weights[index[:, 0]]  # Of the nearest bin, as in the paper.
        bins = -((likelihood * share).sum(1) * rarity).mean()
        distance = functional.smooth_l1_loss(ab.float() / AB_SCALE, truth / AB_SCALE, beta=0.25)
        total = self._objective.bins * bins + self._objective.ab * distance
        return LossParts(total, bins.detach(), distance.detach())
