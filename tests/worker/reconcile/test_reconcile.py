"""The reconciler acts on every row of the table in docs/architecture.md, and on nothing that makes progress."""

import anyio
import pytest

from shared.chunks.documents import counts_with
from shared.jobs.documents import Job
from shared.lifecycle import ChunkState, Counts, ItemState, JobState
from shared.queue import Queue
from shared.settings import LeaseSettings
from tests.fixtures.worker import WINDOW, Workplace
from tests.fixtures.worker_steps import later, passes, work_off
from tests.zoo.pictures import picture, scans
from worker.reconcile.rules import Timeouts

pytestmark = pytest.mark.anyio

BRIEF = LeaseSettings(seconds=0.2, renew_seconds=0.05)


async def test_a_bulk_job_whose_message_was_never_sent_is_sent(workplace: Workplace) -> None:
    job = await workplace.submit_archive(scans(2))

    await passes(workplace, clock=later(1))

    assert workplace.messages(Queue.INGEST) == [(job.id,)]


async def test_a_job_that_was_just_sent_is_not_resent(workplace: Workplace) -> None:
    job = await workplace.submit_archive(scans(2))
    await workplace.job_service.begin_run(job)
    workplace.drain(Queue.INGEST)

    await passes(workplace, resend_seconds=5)

    assert workplace.messages(Queue.INGEST) == []


async def test_a_bulk_job_whose_message_is_lost_is_resent(workplace: Workplace) -> None:
    job = await workplace.submit_archive(scans(2))
    await workplace.job_service.begin_run(job)
    workplace.redis.flushdb()

    await passes(workplace, clock=later(1))

    assert workplace.messages(Queue.INGEST) == [(job.id,)]


async def test_a_single_picture_that_was_never_sent_is_sent(workplace: Workplace) -> None:
    job = await workplace.submit_picture(picture())

    await passes(workplace, clock=later(1))

    assert workplace.messages(Queue.INTERACTIVE) == [(job.id, 0)]


async def test_without_workers_no_messages_accumulate(workplace: Workplace) -> None:
    bulk, single = await workplace.submit_archive(scans(2)), await workplace.submit_picture(picture())
    running = await workplace.expanded(scans(8), chunk_items=1)
    for job in (bulk, single):
        await workplace.job_service.begin_run(job)

    for hour in range(1, 6):
        await passes(workplace, clock=later(3600 * hour))

    assert workplace.messages(Queue.INGEST) == [(bulk.id,)]
    assert workplace.messages(Queue.INTERACTIVE) == [(single.id, 0)]
    assert workplace.messages(Queue.BULK) == [(running.id, no) for no in range(WINDOW)]


async def test_resending_backs_off_when_messages_keep_getting_lost(
    workplace: Workplace,
) -> None:
    job = await workplace.expanded(scans(1))
    moments = []

    for second in range(24):
        workplace.redis.flushdb()
        await passes(workplace, clock=later(second), resend_seconds=2)
        moments += [second] * len(workplace.messages(Queue.BULK))

    resends = (await workplace.chunk(job)).resends
    assert resends == len(moments)
    assert 2 <= resends <= 4


async def test_an_expansion_whose_worker_died_is_queued_and_resent(workplace: Workplace) -> None:
    job = await workplace.submit_archive(scans(2))
    await workplace.stores.expansions.claim_expansion(job.id, "dead", "ingest", BRIEF.seconds)
    await anyio.sleep(BRIEF.seconds)

    await passes(workplace)

    released = await workplace.job(job)
    assert (released.state, released.lease) == (JobState.QUEUED, None)
    assert workplace.messages(Queue.INGEST) == [(job.id,)]


async def test_an_expansion_in_progress_is_left_alone(workplace: Workplace) -> None:
    job = await workplace.submit_archive(scans(2))
    held = await workplace.stores.expansions.claim_expansion(job.id, "alive", "ingest", 60)

    await passes(workplace, clock=later(3600))

    assert await workplace.job(job) == held


async def test_a_chunk_whose_worker_died_is_pending_and_resent_with_an_expiry_counted(
    workplace: Workplace,
) -> None:
    job = await workplace.expanded(scans(2))
    workplace.drain(Queue.BULK)
    await workplace.stores.leases.claim(job.id, 0, "dead", "worker", BRIEF.seconds)
    await anyio.sleep(BRIEF.seconds)

    await passes(workplace)

    chunk = await workplace.chunk(job)
    assert (chunk.state, chunk.lease, chunk.expiries) == (ChunkState.PENDING, None, 1)
    assert workplace.messages(Queue.BULK) == [(job.id, 0)]


async def test_a_chunk_under_a_lease_is_left_alone(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(2))
    workplace.drain(Queue.BULK)
    held = await workplace.stores.leases.claim(job.id, 0, "alive", "worker", 60)

    await passes(workplace, clock=later(3600))

    assert await workplace.chunk(job) == held
    assert workplace.messages(Queue.BULK) == []


async def test_a_chunk_that_was_handed_back_without_a_message_is_sent(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(2))
    workplace.drain(Queue.BULK)
    chunk = await workplace.stores.leases.claim(job.id, 0, "mine", "worker", 60)
    assert chunk is not None
    await workplace.stores.leases.hand_back(chunk.id, "mine")

    await passes(workplace)

    assert workplace.messages(Queue.BULK) == [(job.id, 0)]


async def test_a_wiped_queue_loses_no_chunk(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(6), chunk_items=1)
    workplace.redis.flushdb()

    await passes(workplace, clock=later(60))

    assert sorted(workplace.messages(Queue.BULK)) == [(job.id, no) for no in range(WINDOW)]
    await work_off(workplace, workplace.colorizer())
    assert (await workplace.check(job)).counts == Counts(succeeded=6)


async def die_after_last_record(workplace: Workplace, job: Job, no: int = 0) -> None:
    """As if a worker had died after its last record: the next chunk is not sent, and the job is not settled."""
    chunk = await workplace.stores.leases.claim(job.id, no, "dead", "worker", 60)
    assert chunk is not None
    failed = {place: item.model_copy(update={"state": ItemState.FAILED}) for place, item in enumerate(chunk.items)}
    assert await workplace.stores.leases.record(chunk.id, "dead", failed, counts_with(chunk, failed))


async def test_a_window_that_lacks_a_message_is_topped_up(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(8), chunk_items=1)
    workplace.drain(Queue.BULK)
    await die_after_last_record(workplace, job)

    await passes(workplace, resend_seconds=60)

    assert workplace.messages(Queue.BULK) == [(job.id, WINDOW)]


async def test_a_window_is_filled_for_a_job_whose_expander_died_after_the_seal(workplace: Workplace) -> None:
    job = await workplace.submit_archive(scans(8), chunk_items=1)

    async def dies(_job: Job) -> None:
        pass

    expander = workplace.expander()
    object.__setattr__(expander, "_send", dies)
    await expander.expand(job.id)
    assert workplace.messages(Queue.BULK) == []

    await passes(workplace)

    assert workplace.messages(Queue.BULK) == [(job.id, no) for no in range(WINDOW)]


async def test_a_job_whose_chunks_are_all_done_is_settled(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(2))
    await die_after_last_record(workplace, job)

    await passes(workplace)

    ended = await workplace.check(job)
    assert (ended.state, ended.counts) == (JobState.FAILED, Counts(failed=2))


async def test_a_cancel_whose_gateway_died_is_completed(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(2))
    await workplace.stores.leases.claim(job.id, 0, "alive", "worker", 60)
    await workplace.stores.jobs.cancel(job.id)

    await passes(workplace)

    ended = await workplace.check(job)
    assert (ended.state, ended.counts) == (JobState.CANCELED, Counts(canceled=2))


async def test_a_canceled_job_leaves_no_messages(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(6), chunk_items=1)
    await workplace.job_service.cancel(job)
    workplace.redis.flushdb()

    await passes(workplace, clock=later(60))
    await work_off(workplace, workplace.colorizer())
    await passes(workplace, count=3, clock=later(3600))

    assert workplace.messages(Queue.BULK) == []


def test_the_resend_timeout_backs_off_up_to_a_limit() -> None:
    timeouts = Timeouts(resend_seconds=5, max_resend_seconds=300)

    assert [timeouts.resend_after(resends) for resends in (0, 1, 2, 6, 60)] == [5, 10, 20, 300, 300]
