"""Malicious archives: each has its documented outcome, and no process dies."""

import pytest

from tests.hostile.attacks import Attack
from tests.hostile.compressed import COMPRESSED
from tests.hostile.siege import Siege
from tests.hostile.tars import TARS
from tests.hostile.zip_ends import ZIP_ENDS
from tests.hostile.zips import ZIPS

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

ARCHIVES = [*ZIPS, *ZIP_ENDS, *TARS, *COMPRESSED]


@pytest.fixture(scope="module")
def answers(siege: Siege) -> dict[str, tuple[str, ...]]:
    return siege.answers(ARCHIVES)


@pytest.mark.parametrize("attack", ARCHIVES, ids=str)
def test_each_has_its_documented_outcome(attack: Attack, answers: dict[str, tuple[str, ...]]) -> None:
    assert answers[str(attack)] == attack.answer


def test_no_process_died(siege: Siege, answers: dict[str, tuple[str, ...]]) -> None:
    assert answers
    assert siege.running() == siege.pids


def test_nothing_was_written_outside_the_jobs(siege: Siege, answers: dict[str, tuple[str, ...]]) -> None:
    assert answers
    assert siege.strays() == []


def test_memory_growth_is_bounded(siege: Siege, answers: dict[str, tuple[str, ...]]) -> None:
    """Several at once. `test_bombs.py` measures bombs one by one."""
    assert answers
    grown = siege.grown()
    assert max(grown["gateway"], grown["worker-ingest"]) < 64
    assert grown["worker-bulk"] < 128
