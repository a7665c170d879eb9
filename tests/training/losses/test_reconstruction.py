import numpy as np
import pytest
import torch

from training.losses.reconstruction import ReconstructionLoss, bin_prior, rebalancing
from training.scores import metrics
from training.scores.contact_sheet import compose
from worker.colorizer.bins import SoftEncoding, ab_bins


@pytest.fixture(scope="module")
def loss():
    bins = ab_bins(10)
    return ReconstructionLoss(SoftEncoding(bins), torch.ones(len(bins)))


def flat(lightness, *colors):
    """[N, 1, 8, 8] lightness, and [N, 2, 2, 2] ab, a color for each of N crops."""
    ab = torch.tensor(colors).view(-1, 2, 1, 1).expand(-1, 2, 2, 2).clone()
    return torch.full((len(colors), 1, 8, 8), float(lightness)), ab


def test_the_psnr_loss_is_the_negative_score(loss):
    lightness, truth = flat(60, (20.0, 30.0), (-15.0, 10.0))
    estimate = truth + 9.0
    scores = [
        metrics.psnr(*(compose(crop.numpy(), ab.numpy()) for ab in pair))
        for crop, *pair in zip(lightness, estimate, truth, strict=True)
    ]

    assert -loss.psnr(lightness, estimate, truth).item() == pytest.approx(np.mean(scores), abs=0.3)


def test_the_psnr_loss_weighs_crops_by_relative_error(loss):
    lightness, truth = flat(60, (40.0, 40.0), (6.0, 6.0))
    estimate = (truth * 0.5).requires_grad_(True)
    loss.psnr(lightness, estimate, truth).backward()

    dull, near_gray = estimate.grad.flatten(1).norm(dim=1) * truth.flatten(1).norm(dim=1)

    assert near_gray == pytest.approx(dull, rel=0.5)


def test_without_error_the_psnr_loss_has_no_gradient(loss):
    lightness, truth = flat(60, (20.0, 30.0), (0.0, 0.0))
    estimate = truth.clone().requires_grad_(True)
    loss.psnr(lightness, estimate, truth).backward()

    assert estimate.grad.abs().max() == 0


def test_rare_colors_weigh_more_and_the_average_pixel_weighs_1(photographs):
    bins = ab_bins(10)
    prior = bin_prior(photographs, SoftEncoding(bins), len(bins))

    weights = rebalancing(prior, 0.5).double().numpy()

    assert weights[prior.argmax()] == weights.min()
    assert (weights * prior).sum() == pytest.approx(1)
    assert rebalancing(prior, 1.0).unique().numel() == 1
