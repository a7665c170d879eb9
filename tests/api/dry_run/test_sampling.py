"""Sampling a sequence of unknown length."""

from dataclasses import dataclass
from itertools import pairwise
from weakref import WeakSet

import pytest

from api.dry_run.sampling import EvenSample


@pytest.mark.parametrize("count", [0, 1, 32, 33, 64, 65, 1000, 12345])
def test_a_sample_of_any_number_is_small_and_evenly_spread(count: int) -> None:
    sample, alive = EvenSample[Number](32), WeakSet[Number]()
    for value in range(count):
        number = Number(value)
        alive.add(number)
        sample.add(number)

    chosen = [number.value for number in sample.chosen()]

    assert len(alive) <= 65
    assert len(chosen) == min(count, 32)
    assert chosen == sorted(set(chosen))
    assert max((after - before for before, after in pairwise(chosen)), default=0) <= max(1, count // 16)


@dataclass(eq=False)
class Number:
    value: int
