import pytest

from tests.cases.catalogue import catalogue

ROWS = [
    pytest.param(case, id=f"{case.letter}-{case.name}", marks=[pytest.mark.server] * case.needs_servers)
    for case in catalogue()
]


@pytest.mark.parametrize("case", ROWS)
def test_the_case_has_its_right_value(case):
    assert case.check() == case.right, case.situation


def test_names_are_unique():
    names = [case.name for case in catalogue()]

    assert sorted(set(names)) == sorted(names)
