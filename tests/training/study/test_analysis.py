import math

import numpy as np
import pytest

from training.study.analysis import preference, share, strengths, taken_for_real
from training.study.answers import Answer
from training.study.trials import Trial


def _answers(outcomes):
    """One photograph each: (left method, right method, choice)."""
    return [
        Answer("judge", Trial(number, f"{number}", (left, right)), choice, 1.0)
        for number, (left, right, choice) in enumerate(outcomes)
    ]


def test_a_share_has_wilsons_interval():
    # Computed with statsmodels: proportion_confint(45, 60, method="wilson").
    assert share(45, 60).low == pytest.approx(0.6277, abs=1e-4)
    assert share(45, 60).high == pytest.approx(0.8422, abs=1e-4)
    assert share(0, 10).low == 0
    assert math.isnan(share(0, 0).value)


def test_a_preference_counts_no_difference_as_half_on_either_side():
    answers = _answers([("a", "b", "left"), ("b", "a", "right"), ("a", "b", "neither"), ("b", "a", "left")])

    assert preference(answers, "a", "b").value == pytest.approx(2.5 / 4)
    assert preference(answers, "b", "a").value == pytest.approx(1.5 / 4)


def test_strengths_recover_those_that_the_answers_were_drawn_from():
    generator = np.random.default_rng(0)
    true = {"a": 0.8, "b": 0.0, "c": -0.8}
    outcomes = []
    for left, right in [("a", "b"), ("b", "c"), ("c", "a")] * 400:
        wins = generator.random() < 1 / (1 + math.exp(true[right] - true[left]))
        outcomes.append((left, right, "left" if wins else "right"))

    fitted = strengths(_answers(outcomes), resamples=200, seed=0)

    assert [strength.method for strength in fitted] == ["a", "b", "c"]
    for strength in fitted:
        assert strength.value == pytest.approx(true[strength.method], abs=0.2)
        assert strength.low < true[strength.method] < strength.high
    assert sum(strength.value for strength in fitted) == pytest.approx(0, abs=1e-6)


def test_a_method_that_always_wins_has_a_finite_strength():
    first, second = strengths(_answers([("a", "b", "left")] * 20), resamples=50, seed=0)

    assert first.method == "a"
    assert 2 < first.value - second.value < 6


def test_many_judges_of_one_photograph_do_not_narrow_the_interval():
    outcomes = [("a", "b", "left"), ("a", "b", "right"), ("a", "b", "left")]
    once = _answers(outcomes)
    often = [Answer(str(judge), answer.trial, answer.choice, 1.0) for judge in range(10) for answer in once]

    narrow, wide = (strengths(answers, resamples=300, seed=0)[0] for answers in (often, once))

    assert narrow.high - narrow.low > 0.9 * (wide.high - wide.low)


def test_the_fooling_rate_counts_the_methods_pictures_only():
    answers = [
        Answer("judge", Trial(number, f"{number}", (method,)), choice, 1.0)
        for number, (method, choice) in enumerate(
            [("truth", "real"), ("new", "real"), ("new", "colorized"), ("new", "colorized"), ("new", "real")]
        )
    ]

    assert taken_for_real(answers, "new").value == 0.5
    assert taken_for_real(answers, "truth").value == 1
