import math

import pytest
import torch

from training.losses.blemishes import blotches, violet


def flat(hue, chroma):
    """[1, 2, 8, 8] ab of one color."""
    angle = math.radians(hue)
    return torch.tensor([chroma * math.cos(angle), chroma * math.sin(angle)]).view(1, 2, 1, 1).expand(1, 2, 8, 8)


def halves(left, right):
    """[1, 2, 8, 8] ab of two colors side by side."""
    return torch.cat([left[..., :4], right[..., 4:]], dim=3)


SKIN, VIOLET, GRAY = flat(50, 25), flat(315, 40), flat(0, 0)


def test_violet_where_the_truth_is_something_else_costs():
    assert violet(VIOLET, SKIN).item() > 0.5
    assert violet(VIOLET, GRAY).item() == violet(VIOLET, SKIN).item()


@pytest.mark.parametrize("color", [SKIN, GRAY, flat(270, 40), flat(10, 40), flat(315, 9)])
def test_other_colors_cost_nothing(color):
    assert violet(color, SKIN).item() == 0


@pytest.mark.parametrize("hue", [281, 315, 349])
def test_all_that_the_score_counts_costs(hue):
    assert violet(flat(hue, 16), SKIN).item() > 0


def test_true_violet_costs_nothing():
    assert violet(VIOLET, VIOLET).item() == 0


def test_gray_has_a_finite_gradient():
    estimate = GRAY.clone().requires_grad_(True)
    (violet(estimate, SKIN) + blotches(torch.full((1, 1, 32, 32), 50.0), estimate, SKIN)).backward()

    assert torch.isfinite(estimate.grad).all()


def test_a_change_of_chroma_on_even_lightness_costs_and_at_an_edge_hardly():
    even = torch.full((1, 1, 32, 32), 50.0)
    edge = torch.cat([even[..., :16], even[..., 16:] + 40], dim=3)
    made = halves(SKIN, VIOLET)

    assert blotches(even, made, SKIN).item() > 20 * blotches(edge, made, SKIN).item() > 0


def test_a_change_that_the_truth_has_costs_nothing():
    even, made = torch.full((1, 1, 32, 32), 50.0), halves(SKIN, VIOLET)

    assert blotches(even, made, made).item() == 0
    assert blotches(even, SKIN, made).item() == 0
