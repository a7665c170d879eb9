"""chunk.colorize on real servers with real decoders: what is recorded, and what is left to another worker."""

from unittest.mock import AsyncMock

import anyio
import pytest

from shared.jobs.documents import Job
from shared.lifecycle import ChunkState, Counts, JobState
from shared.queue import Queue
from tests.fixtures.worker import MODEL, WINDOW, Workplace
from tests.fixtures.worker_steps import succeeded, until, work_off
from tests.hostile.pngs import chunk
from tests.shared.archives.making import make_zip
from tests.worker.imaging.pictures import packed, scan
from tests.zoo import slow
from tests.zoo.pictures import picture, scans

pytestmark = pytest.mark.anyio

STAGES = {"fetch", "decode", "infer", "compose", "put"}


async def test_an_archive_is_colorized(workplace: Workplace, nothing_left_open: None) -> None:
    job = await workplace.expanded(scans(6), chunk_items=4)

    await work_off(workplace, workplace.colorizer())

    ended = await workplace.check(job)
    assert (ended.state, ended.counts) == (JobState.SUCCEEDED, Counts(succeeded=6))
    assert ended.progress == ended.counts
    for item in await workplace.items(job):
        (result,) = item.results
        assert (result.width, result.height, result.media_type) == (64, 48, "image/jpeg")
        assert item.timings_ms is not None
        assert item.timings_ms.keys() == STAGES
        assert item.previews is not None
        for preview in (item.previews.source, item.previews.result):
            assert len(await workplace.storage.get_range(preview.key, 0, preview.bytes)) == preview.bytes


@pytest.mark.parametrize(("record_seconds", "updates"), [(0.0, 4), (60.0, 1)], ids=["no time", "time"])
async def test_items_that_finish_within_the_record_time_share_an_update(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch, record_seconds: float, updates: int
) -> None:
    job = await workplace.expanded(scans(4))
    record = AsyncMock(wraps=workplace.stores.leases.record)
    monkeypatch.setattr(workplace.stores.leases, "record", record)

    await workplace.colorizer(record_seconds=record_seconds).colorize(job.id, 0)

    assert record.await_count == updates
    assert (await workplace.check(job)).counts == Counts(succeeded=4)


async def test_a_claim_sends_the_next_chunk(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(6), chunk_items=1)
    workplace.drain(Queue.BULK)

    await workplace.colorizer().colorize(job.id, 0)

    assert workplace.messages(Queue.BULK) == [(job.id, 4)]


async def test_a_single_picture_starts_with_its_claim(workplace: Workplace) -> None:
    job = await workplace.submit_picture(picture())

    await workplace.colorizer().colorize(job.id, 0)

    ended = await workplace.check(job)
    assert (ended.state, ended.counts) == (JobState.SUCCEEDED, Counts(succeeded=1))
    assert ended.started_at is not None


async def test_what_was_wrong_with_a_readable_picture_is_noted(workplace: Workplace) -> None:
    source = packed(scan(), "PNG")
    text = chunk(b"tEXt", b"Comment\0a harbor")[:-1] + b"\0"
    job = await workplace.submit_picture(source[:33] + text + source[33:])

    await workplace.colorizer().colorize(job.id, 0)

    assert (await workplace.check(job)).counts == Counts(succeeded=1)
    (item,) = (await workplace.chunk(job)).items
    assert [note.code for note in item.notes] == ["damaged_metadata"]
    assert "checksum" in item.notes[0].detail


async def test_a_duplicate_message_is_worked_on_once(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(4))
    colorizer = workplace.colorizer("slow")

    async with anyio.create_task_group() as both:
        both.start_soon(colorizer.colorize, job.id, 0)
        both.start_soon(colorizer.colorize, job.id, 0)

    assert (await workplace.check(job)).counts == Counts(succeeded=4)
    assert sum(colorizer.colorizers.get(MODEL).minibatches) == 4  # type: ignore[attr-defined]


async def test_only_the_first_claim_of_a_chunk_sends_the_next(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(10), chunk_items=1)
    assert await workplace.stores.leases.claim(job.id, 0, "dead", "worker", 0.001)
    await workplace.run_leases_out()

    await workplace.colorizer().colorize(job.id, 0)

    assert (await workplace.chunk(job)).state is ChunkState.DONE
    assert (await workplace.job(job)).next_no == WINDOW


async def test_a_late_message_for_a_done_chunk_changes_nothing(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(2))
    colorizer = workplace.colorizer()
    await colorizer.colorize(job.id, 0)
    before = await workplace.job(job), await workplace.chunk(job)

    await colorizer.colorize(job.id, 0)

    assert (await workplace.job(job), await workplace.chunk(job)) == before


async def test_a_message_for_an_unknown_job_is_ignored(workplace: Workplace) -> None:
    await workplace.colorizer().colorize("job_unknown", 0)


async def test_a_chunk_of_a_canceled_job_is_not_touched(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(2))
    await workplace.job_service.cancel(job)

    await workplace.colorizer().colorize(job.id, 0)

    ended = await workplace.check(job)
    assert (ended.state, ended.counts) == (JobState.CANCELED, Counts(canceled=2))
    assert (await workplace.chunk(job)).state is ChunkState.PENDING


async def test_cancel_stops_within_a_minibatch_and_keeps_finished_items(
    workplace: Workplace, nothing_left_open: None
) -> None:
    job = await workplace.expanded(scans(16), chunk_items=16)
    colorizer = workplace.colorizer("slow")
    passes = colorizer.colorizers.get(MODEL).minibatches  # type: ignore[attr-defined]

    async with anyio.create_task_group() as working:
        working.start_soon(colorizer.colorize, job.id, 0)
        await until(lambda: succeeded(workplace, job))
        await workplace.job_service.cancel(await workplace.job(job))
        at_cancel = len(passes)

    # The one on the device, and one that started while its pictures were being recorded.
    assert len(passes) <= at_cancel + 2
    ended = await workplace.check(job)
    assert ended.state is JobState.CANCELED
    assert ended.counts is not None
    assert ended.counts.succeeded >= 2
    assert ended.counts.succeeded + ended.counts.canceled == 16


async def test_a_worker_without_its_lease_records_and_overwrites_nothing(
    workplace: Workplace, nothing_left_open: None
) -> None:
    job = await workplace.expanded(scans(8), chunk_items=8)
    zombie, winner = workplace.colorizer("slow"), workplace.colorizer()

    async with anyio.create_task_group() as working:
        working.start_soon(zombie.colorize, job.id, 0)
        await until(lambda: succeeded(workplace, job))
        # As if the lease had expired: the next worker takes it.
        await workplace.stores.leases.revoke(job.id)
        await winner.colorize(job.id, 0)
        won = await workplace.chunk(job)

    assert (await workplace.check(job)).counts == Counts(succeeded=8)
    assert await workplace.chunk(job) == won
    tokens = {item.results[0].key.split(".")[-2] for item in won.items}
    assert len(tokens) == 2


async def test_shutting_down_hands_the_chunk_back_without_suspicion(
    workplace: Workplace, nothing_left_open: None
) -> None:
    job = await workplace.expanded(scans(8), chunk_items=8)
    workplace.drain(Queue.BULK)

    async with anyio.create_task_group() as working:
        working.start_soon(workplace.colorizer("slow").colorize, job.id, 0)
        await until(lambda: succeeded(workplace, job))
        workplace.stopping.set()
        with anyio.fail_after(5 * slow.SECONDS):
            await until(lambda: is_pending(workplace, job))

    chunk = await workplace.chunk(job)
    assert (chunk.lease, chunk.expiries) == (None, 0)
    assert {item.suspect for item in chunk.items} == {0}
    assert workplace.messages(Queue.BULK) == [(job.id, 0)]
    workplace.stopping = anyio.Event()
    await work_off(workplace, workplace.colorizer())
    assert (await workplace.check(job)).counts == Counts(succeeded=8)


async def is_pending(workplace: Workplace, job: Job) -> bool:
    return (await workplace.chunk(job)).state is ChunkState.PENDING


async def test_a_picture_gets_the_same_bytes_alone_and_among_neighbors(workplace: Workplace) -> None:
    alone = await workplace.expanded(make_zip([("3.jpg", picture(3))]))
    among = await workplace.expanded(scans(7), chunk_items=7)

    await work_off(workplace, workplace.colorizer(minibatch=4))

    by_name = {item.name: item.results[0].sha256 for item in await workplace.items(among)}
    (only,) = await workplace.items(alone)
    assert by_name["3.jpg"] == only.results[0].sha256
    assert len(set(by_name.values())) == 7


async def test_pictures_of_many_shapes_all_succeed(workplace: Workplace, nothing_left_open: None) -> None:
    sizes = [(64, 48), (48, 64), (50, 50), (90, 30), (30, 90)] * 3
    pictures = [(f"{number}.png", picture(number, size, "PNG")) for number, size in enumerate(sizes)]
    job = await workplace.expanded(make_zip(pictures), chunk_items=32)

    await work_off(workplace, workplace.colorizer(minibatch=4))

    items = await workplace.items(job)
    assert [(item.results[0].width, item.results[0].height) for item in items] == sizes
