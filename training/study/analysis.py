"""Statistics of a study: shares with Wilson's intervals, and strengths after Bradley and Terry with bootstrapped ones.

Bradley & Terry, "Rank Analysis of Incomplete Block Designs" (Biometrika 1952), fitted as in Hunter, "MM Algorithms for
Generalized Bradley-Terry Models" (Annals of Statistics 2004). Wilson, JASA 1927. All intervals cover 95 %.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from training.study.answers import Answer

_Z = 1.959964  # The normal distribution's 97.5 % quantile.
_PRIOR = (
    0.5  # Imagined wins of each method over each other: without them a method that always won had no finite strength.
)
_ITERATIONS = 200

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Share:
    """`value` of `count` answers, between `low` and `high`; all from 0 to 1."""

    value: float
    low: float
    high: float
    count: int


@dataclass(frozen=True)
class Strength:
    """The logarithm of a method's strength, with its interval. The mean over all methods is 0.

    The probability that one method is preferred to another is the logistic function of the difference.
    """

    method: str
    value: float
    low: float
    high: float


def share(successes: float, count: int) -> Share:
    """A proportion with Wilson's interval. `successes` may have halves, for answers without a preference."""
    if not count:
        return Share(math.nan, 0.0, 1.0, 0)
    value = successes / count
    center = (value + _Z**2 / (2 * count)) / (1 + _Z**2 / count)
    reach = _Z / (1 + _Z**2 / count) * math.sqrt(value * (1 - value) / count + _Z**2 / (4 * count**2))
    return Share(value, max(0.0, center - reach), min(1.0, center + reach), count)


def preference(answers: Sequence[Answer], method: str, other: str) -> Share:
    """How often `method` is preferred to `other`. No difference counts half."""
    about = [answer for answer in answers if set(answer.trial.methods) == {method, other}]
    wins = sum(0.5 if answer.preferred is None else float(answer.preferred == method) for answer in about)
    return share(wins, len(about))


def taken_for_real(answers: Sequence[Answer], method: str) -> Share:
    """How often a method's pictures are taken for real: its fooling rate."""
    about = [answer for answer in answers if answer.trial.methods == (method,)]
    return share(sum(answer.choice == "real" for answer in about), len(about))


def strengths(answers: Sequence[Answer], *, resamples: int, seed: int) -> list[Strength]:
    """The methods from the strongest to the weakest.

    The intervals come from resampling photographs, not answers: a photograph with several judges is still one.
    """
    methods = sorted({method for answer in answers for method in answer.trial.methods})
    pictures = sorted({answer.trial.picture for answer in answers})
    wins = np.stack(
        [_wins([answer for answer in answers if answer.trial.picture == name], methods) for name in pictures]
    )
    fitted = _fit(wins.sum(axis=0))
    generator = np.random.default_rng(seed)
    drawn = generator.integers(len(pictures), size=(resamples, len(pictures)))
    resampled = _fit(wins[drawn].sum(axis=1))
    low, high = np.quantile(resampled, [0.025, 0.975], axis=0)
    order = np.argsort(-fitted)
    return [Strength(methods[place], *map(float, (fitted[place], low[place], high[place]))) for place in order]


def pairs(answers: Sequence[Answer]) -> list[tuple[str, str]]:
    """The pairs of methods that were compared, in alphabetical order."""
    methods = sorted({method for answer in answers for method in answer.trial.methods})
    compared = {frozenset(answer.trial.methods) for answer in answers}
    return [pair for pair in combinations(methods, 2) if frozenset(pair) in compared]


def _wins(answers: Sequence[Answer], methods: Sequence[str]) -> Floats:
    """[methods, methods]: how often the row was preferred to the column. No difference counts half for each."""
    wins = np.zeros((len(methods), len(methods)))
    for answer in answers:
        first, second = (methods.index(method) for method in answer.trial.methods)
        if answer.preferred is None:
            wins[first, second] += 0.5
            wins[second, first] += 0.5
        elif answer.preferred == methods[first]:
            wins[first, second] += 1
        else:
            wins[second, first] += 1
    return wins


def _fit(wins: Floats) -> Floats:
    """The logarithms of the strengths, of mean 0: [..., methods] from [..., methods, methods]."""
    smoothed = wins + _PRIOR * (1 - np.eye(wins.shape[-1]))
    games = smoothed + smoothed.swapaxes(-1, -2)
    strength = np.ones(wins.shape[:-1])
    for _ in range(_ITERATIONS):
        expected = games / (strength[..., :, None] + strength[..., None, :])
        strength = smoothed.sum(axis=-1) / expected.sum(axis=-1)
        strength /= np.exp(np.log(strength).mean(axis=-1, keepdims=True))
    return np.asarray(np.log(strength))
