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
