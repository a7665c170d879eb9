"""The lease of an expander: claims, the guard of its writes, and how an expansion ends."""

import asyncio

import pytest

from shared.documents import Failure
from shared.jobs.documents import JobKind
from shared.jobs.expansion import Expansions
from shared.jobs.store import JobStore
from shared.lifecycle import Counts, JobState
from tests.shared.jobs.conftest import LONG, Maker

pytestmark = pytest.mark.anyio

# Expires before the next statement reaches the server.
NO_TIME = 0.0
BROKEN = Failure(code="archive_truncated", detail="The archive ends too early.")


async def test_of_twenty_concurrent_claims_exactly_one_wins(
    jobs: JobStore, expansions: Expansions, maker: Maker
) -> None:
    job = await maker.inserted()

    claims = await asyncio.gather(*(expansions.claim_expansion(job.id, f"t{n}", "w", LONG) for n in range(20)))

    winners = [claim for claim in claims if claim is not None]
    assert len(winners) == 1
    assert winners[0].state is JobState.EXPANDING
    assert winners[0].version == job.version + 1
    assert await jobs.get(job.id) == winners[0]


async def test_a_single_picture_is_not_expanded(expansions: Expansions, maker: Maker) -> None:
    job = await maker.inserted(kind=JobKind.SINGLE)

    assert await expansions.claim_expansion(job.id, "mine", "w", LONG) is None


async def test_an_expired_expansion_is_taken_over_and_the_first_expander_refused(
    jobs: JobStore, expansions: Expansions, maker: Maker
) -> None:
    job = await maker.expanding(seconds=NO_TIME)

    taken = await expansions.claim_expansion(job.id, "other", "ingest-2", LONG)

    assert taken is not None
    assert taken.started_at == job.started_at
    assert not await expansions.renew_expansion(job.id, "mine", LONG)
    assert await maker.seal(job, "mine") is None
    assert not await expansions.fail_expansion(job.id, "mine", BROKEN)
    assert not await expansions.release_expansion(job.id, "mine")
    assert await jobs.get(job.id) == taken


async def test_a_renewed_expansion_cannot_be_claimed(expansions: Expansions, maker: Maker) -> None:
    job = await maker.expanding(seconds=NO_TIME)

    assert await expansions.renew_expansion(job.id, "mine", LONG)

    assert await expansions.claim_expansion(job.id, "other", "w", LONG) is None
    assert not await expansions.release_expansion(job.id)


async def test_an_expired_expansion_is_released_once_and_to_be_sent_again(
    jobs: JobStore, expansions: Expansions, maker: Maker
) -> None:
    job = await maker.expanding(seconds=NO_TIME)
    await jobs.mark_sent(job.id)

    releases = await asyncio.gather(*(expansions.release_expansion(job.id) for _ in range(5)))

    released = await jobs.get(job.id)
    assert released is not None
    assert releases.count(True) == 1
    assert (released.state, released.lease, released.sent_at) == (JobState.QUEUED, None, None)


async def test_an_expander_can_release_its_lease(expansions: Expansions, maker: Maker) -> None:
    job = await maker.expanding()

    assert await expansions.release_expansion(job.id, "mine")

    assert await expansions.claim_expansion(job.id, "other", "w", LONG) is not None


async def test_sealing_gives_a_job_its_items(jobs: JobStore, maker: Maker) -> None:
    job = await maker.running(chunks=10)

    assert (job.state, job.chunks, job.next_no, job.lease) == (JobState.RUNNING, 10, 0, None)
    assert job.current_counts() == Counts(pending=39, skipped=1)
    assert await jobs.get(job.id) == job


async def test_an_unusable_source_ends_a_job_without_items(
    jobs: JobStore, expansions: Expansions, maker: Maker
) -> None:
    job = await maker.expanding()

    assert await expansions.fail_expansion(job.id, "mine", BROKEN)

    ended = await jobs.get(job.id)
    assert ended is not None
    assert (ended.state, ended.error, ended.counts) == (JobState.FAILED, BROKEN, Counts())
    assert ended.finished_at is not None


async def test_a_cancel_always_wins_over_a_concurrent_seal(jobs: JobStore, maker: Maker) -> None:
    contested = [await maker.expanding() for _ in range(10)]

    sealed_first = [(await asyncio.gather(maker.seal(job), jobs.cancel(job.id)))[0] is not None for job in contested]

    after = [await jobs.get(job.id) for job in contested]
    assert [job and job.state for job in after] == [JobState.CANCELING] * 10
    assert [job is not None and job.chunks is not None for job in after] == sealed_first
