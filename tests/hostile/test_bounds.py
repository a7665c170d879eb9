"""What docs/security.md says about bounds is what is measured."""

import pytest

from tests.fixtures.stack import REPOSITORY, RunningStack
from tests.hostile.bounds.bound import Bound
from tests.hostile.bounds.catalogue import BOUNDS

PROMPT = [bound for bound in BOUNDS if not bound.takes_a_minute]
SLOW = [bound for bound in BOUNDS if bound.takes_a_minute]


def name(bound: Bound) -> str:
    return bound.what.partition(" (")[0]


@pytest.mark.parametrize("bound", BOUNDS, ids=name)
def test_it_is_documented(bound: Bound) -> None:
    assert bound.row in (REPOSITORY / "docs" / "security.md").read_text().splitlines()


@pytest.mark.system
@pytest.mark.parametrize("bound", PROMPT, ids=name)
def test_it_is_what_is_measured(stack: RunningStack, bound: Bound) -> None:
    assert bound.measure(stack) == bound.right


@pytest.mark.system
@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("bound", SLOW, ids=name)
def test_it_is_what_is_measured_with_patience(stack: RunningStack, bound: Bound) -> None:
    assert bound.measure(stack) == bound.right
