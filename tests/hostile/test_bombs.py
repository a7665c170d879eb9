"""Decompression bombs, one by one: each has its documented outcome, and its peak memory is measured."""

import pytest
from photochrom import Client

from tests.fixtures.stack import RunningStack
from tests.hostile.attacks import Attack
from tests.hostile.bombs import BOMBS
from tests.hostile.siege import Siege

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]


@pytest.mark.parametrize("bomb", BOMBS, ids=str)
def test_a_bomb_has_its_documented_outcome_and_costs_less_than_50_mib(
    warm_stack: RunningStack, client: Client, bomb: Attack
) -> None:
    content = bomb.make()
    siege = Siege(warm_stack, client)

    assert siege.answer(content) == bomb.answer
    assert max(siege.grown().values()) < 50
    assert siege.running() == siege.pids
    assert siege.strays() == []
