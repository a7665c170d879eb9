"""Malicious and unusual pictures: each has its documented outcome, alone and in an archive."""

import zipfile

import pytest

from tests.hostile.attacks import Attack
from tests.hostile.avifs import AVIFS
from tests.hostile.jpegs import JPEGS
from tests.hostile.others import OTHERS
from tests.hostile.pngs import PNGS
from tests.hostile.siege import Siege
from tests.hostile.tiffs import TIFFS
from tests.shared.archives.making import make_zip

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

PICTURES = [*PNGS, *JPEGS, *TIFFS, *AVIFS, *OTHERS]
# A single file that is not a picture is refused at once.
REFUSED = {("failed unsupported_format",): ("refused unsupported_media",)}


@pytest.fixture(scope="module")
def alone(siege: Siege) -> dict[str, tuple[str, ...]]:
    return siege.answers(PICTURES)


@pytest.fixture(scope="module")
def together(siege: Siege) -> dict[str, str]:
    """All of them in one archive."""
    answer = siege.answer(make_zip([(f"{attack}.jpg", attack.make()) for attack in PICTURES], zipfile.ZIP_STORED))
    return dict(zip(map(str, PICTURES), answer, strict=True))


@pytest.mark.parametrize("attack", PICTURES, ids=str)
def test_in_an_archive_each_has_its_documented_outcome(attack: Attack, together: dict[str, str]) -> None:
    assert (together[str(attack)],) == attack.answer


@pytest.mark.parametrize("attack", PICTURES, ids=str)
def test_alone_each_has_the_same_outcome_or_is_refused_at_once(
    attack: Attack, alone: dict[str, tuple[str, ...]]
) -> None:
    assert alone[str(attack)] == REFUSED.get(attack.answer, attack.answer)


def test_no_process_died(siege: Siege, alone: object, together: object) -> None:
    assert siege.running() == siege.pids


def test_nothing_was_written_outside_the_jobs(siege: Siege, alone: object, together: object) -> None:
    assert siege.strays() == []


def test_memory_growth_of_gateway_and_workers_is_bounded(siege: Siege, alone: object, together: object) -> None:
    """Decoder processes are not measured: they have their own memory limit."""
    grown = siege.grown()
    assert grown["gateway"] < 64
    assert max(grown["worker-bulk"], grown["worker-interactive"]) < 128
