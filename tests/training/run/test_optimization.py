import pytest

from training.recipes.recipe import Optimization
from training.run.optimization import rate_at


def test_the_rate_warms_up_to_its_peak_and_decays():
    plan = Optimization()
    rates = [rate_at(progress, plan) for progress in (0.0, plan.warmup, 0.5, 1.0)]

    assert rates[0] < 0.1
    assert rates[1] == 1
    assert rates[2] < 1
    assert rates[3] == pytest.approx(plan.final)


def test_the_blur_is_gone_after_half_of_the_stage():
    plan = Optimization(projection_blur=2.0)

    assert [plan.blur_at(progress) for progress in (0.0, 0.25, 0.5, 1.0)] == [2, 1, 0, 0]
