"""The losses of the generator's two heads against the truth: class-rebalanced cross-entropy, smooth L1, and PSNR.

The distribution over ab bins, its soft encoding and the rebalancing are those of Zhang, Isola & Efros, "Colorful
Image Colorization" (2016). The second head is the regression of Iizuka et al. (2016), with a smooth L1. PSNR as a loss
is that of Chen et al., "HINet: Half Instance Normalization Network for Image Restoration" (2021).
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from training.data.photographs import AB_OFFSET, Photograph
from training.losses.composing import rgb_from_prediction
from worker.colorizer.bins import SoftEncoding
from worker.colorizer.network import AB_SCALE, OUTPUT_STRIDE

_BETA = 0.25  # Below this error, in units of `AB_SCALE`, the smooth L1 is quadratic.
_NEGLIGIBLE = 1e-4  # Mean squared error in sRGB of 0..1. Without it, crops with little color would dominate.


def bin_prior(photographs: Sequence[Photograph], encoding: SoftEncoding, bins: int) -> NDArray[np.float64]:
    """[Q] frequencies of the bins, over every eighth pixel in both directions of every photograph."""
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

    def __init__(self, encoding: SoftEncoding, rarity: Tensor) -> None:
        self._encoding = encoding
        self._rarity = rarity

    def to(self, device: torch.device) -> "ReconstructionLoss":
        return ReconstructionLoss(self._encoding.to(device), self._rarity.to(device))

    def bins(self, logits: Tensor, truth: Tensor) -> Tensor:
        """Cross-entropy of [N, Q, h, w] logits against [N, 2, h, w] truth in Lab units; rare colors count more."""
        index, share = (part.permute(0, 2, 3, 1) for part in self._encoding(truth))
        # Channels last, as convolutions leave them: over dimension 1 the logits would be copied before and after.
        likelihood = torch.log_softmax(logits.permute(0, 2, 3, 1).float(), dim=-1).gather(-1, index)
        rarity = self._rarity[index[..., 0]]  # Of the nearest bin, as in the paper.
        return -((likelihood * share).sum(-1) * rarity).mean()

    def ab(self, ab: Tensor, truth: Tensor) -> Tensor:
        """Smooth L1 of two [N, 2, h, w] in Lab units, in units of `AB_SCALE`."""
        return functional.smooth_l1_loss(ab.float() / AB_SCALE, truth / AB_SCALE, beta=_BETA)

    def psnr(self, lightness: Tensor, ab: Tensor, truth: Tensor) -> Tensor:
        """Minus the PSNR in dB, averaged over crops, of two [N, 2, h, w] in Lab units on [N, 1, H, W] lightness.

        As in the score, the relative change of a crop's error counts. L1 alone penalizes large errors too little, a
        squared error penalizes little else.
        """
        reduced = functional.avg_pool2d(lightness, OUTPUT_STRIDE)
        error = rgb_from_prediction(reduced, ab.float()) - rgb_from_prediction(reduced, truth)
        return 10 * (error.square().mean(dim=(1, 2, 3)) + _NEGLIGIBLE).log10().mean()
