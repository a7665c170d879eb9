"""The bytes of a job's results are bounded, and nothing else suffers."""

import pytest

from shared.lifecycle import Counts
from tests.fixtures.worker import Workplace
from tests.zoo.pictures import scans
from worker.chunk.result_limits import ResultAllowance, ResultLimits
from worker.imaging import PictureError

CHUNKS = 3

pytestmark = pytest.mark.anyio


def test_an_allowance_has_room_for_all_results_of_a_picture_or_none() -> None:
    allowance = ResultAllowance(limit=100, stored=40)

    allowance.take(20, results=3)
    allowance.take(20, results=2)
    with pytest.raises(PictureError, match="more than 100 bytes"):
        allowance.take(11, results=2)
    allowance.take(20, results=1)


def test_what_other_chunks_store_counts_and_what_is_recorded_counts_once() -> None:
    allowance = ResultAllowance(limit=100, stored=0)
    allowance.take(30, results=1)
    allowance.take(10, results=1)

    allowance.refresh(recorded=30, stored=80)

    allowance.take(10, results=1)
    with pytest.raises(PictureError):
        allowance.take(1, results=1)


async def test_the_pictures_beyond_the_limit_fail_and_those_of_other_jobs_do_not(workplace: Workplace) -> None:
    job, other = await workplace.expanded(scans(12)), await workplace.expanded(scans(12))
    unlimited = workplace.colorizer()
    for no in range(CHUNKS):
        await unlimited.colorize(other.id, no)
    stored = (await workplace.check(other)).result_bytes

    limits = ResultLimits(least=stored // 2, ratio=0)
    for no in range(CHUNKS):
        await workplace.colorizer(result_limits=limits).colorize(job.id, no)

    ended = await workplace.check(job)
    items = [item for no in range(CHUNKS) for item in (await workplace.chunk(job, no)).items]
    assert (await workplace.job(other)).counts == Counts(succeeded=12)
    assert ended.counts is not None
    assert 4 <= ended.counts.succeeded < 12
    assert 0 < ended.result_bytes <= stored // 2
    assert {item.error.code for item in items if item.error} == {"results_too_large"}


async def test_a_large_source_may_have_large_results(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(4))

    await workplace.colorizer(result_limits=ResultLimits(least=0, ratio=1000)).colorize(job.id, 0)

    assert (await workplace.check(job)).counts == Counts(succeeded=4)
