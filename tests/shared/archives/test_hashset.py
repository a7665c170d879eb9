"""The compact set behaves like a set."""

from hypothesis import given
from hypothesis import strategies as st

from shared.archives.hashset import HashSet


@given(st.lists(st.integers(0, 2**64 - 1) | st.integers(2, 9), max_size=200))
def test_adding_a_value_tells_whether_it_is_new(values: list[int]) -> None:
    compact, ordinary = HashSet(), set[int]()

    for value in values:
        is_new = (value or 1) not in ordinary
        ordinary.add(value or 1)
        assert compact.add(value) == is_new
    assert len(compact) == len(ordinary)


def test_the_set_grows() -> None:
    compact = HashSet()

    assert all(compact.add(number * 2654435761) for number in range(1, 5000))
    assert not any(compact.add(number * 2654435761) for number in range(1, 5000))
