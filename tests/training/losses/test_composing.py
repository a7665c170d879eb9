import numpy as np
import torch

from training.losses.composing import rgb_from_prediction
from training.scores.contact_sheet import compose


def test_tensors_and_arrays_give_the_same_picture():
    random = np.random.default_rng(0)
    lightness = random.uniform(2, 98, (1, 32, 48)).astype(np.float32)
    ab = random.uniform(-60, 60, (2, 8, 12)).astype(np.float32)

    expected = compose(lightness, ab)
    composed = rgb_from_prediction(torch.from_numpy(lightness[None]), torch.from_numpy(ab[None]))

    difference = np.abs(composed[0].permute(1, 2, 0).numpy() * 255 - expected)
    assert difference.mean() < 0.5
    assert difference.max() < 3


def test_black_white_and_impossible_colors_have_finite_gradients():
    lightness = torch.tensor([0.0, 0.5, 50.0, 100.0]).view(4, 1, 1, 1).expand(4, 1, 8, 8)
    ab = torch.tensor([-110.0, 110.0]).view(1, 2, 1, 1).expand(4, 2, 2, 2).clone().requires_grad_(True)

    rgb = rgb_from_prediction(lightness, ab)
    rgb.sum().backward()

    assert 0 <= rgb.min() <= rgb.max() <= 1
    assert torch.isfinite(ab.grad).all()
