"""A worker as a process: how it starts, shuts down, and ends after an error that it must not survive."""

import signal
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from shared.jobs.documents import Job
from shared.lifecycle import ChunkState, Counts
from shared.queue import Queue
from tests.faults.network.s3_proxy import ActiveFault, S3Proxy, stalls
from tests.fixtures.worker import WINDOW, Workplace
from tests.fixtures.worker_process import START_SECONDS, Process, StartWorker
from tests.fixtures.worker_steps import until, work_off
from tests.shared.archives.making import make_zip
from tests.zoo.pictures import black_picture, picture, scans
from worker.process.runtime import BROKEN

pytestmark = pytest.mark.anyio

ENDPOINT = "PHOTOCHROM_STORAGE__ENDPOINT_URL"


async def test_a_terminated_worker_hands_back_its_chunk_and_exits_with_0(
    workplace: Workplace, start: StartWorker
) -> None:
    job = await workplace.expanded(scans(64), chunk_items=64)
    worker = start("bulk", zoo="slow")
    await until(lambda: some_recorded(workplace, job), START_SECONDS)

    worker.popen.terminate()

    assert await worker.ends(seconds=8) == 0, worker.output
    chunk = await workplace.chunk(job)
    assert (chunk.state, chunk.lease, chunk.expiries) == (ChunkState.PENDING, None, 0)
    assert workplace.messages(Queue.BULK) == [(job.id, 0)]
    assert "chunk.handed_back" in worker.output
    await work_off(workplace, workplace.colorizer())
    assert (await workplace.check(job)).counts == Counts(succeeded=64)


async def test_a_busy_worker_leaves_the_other_messages_to_others(workplace: Workplace, start: StartWorker) -> None:
    job = await workplace.expanded(scans(16), chunk_items=2)

    start("bulk", zoo="slow")
    await until(lambda: some_recorded(workplace, job), START_SECONDS)

    # Two threads, two chunks; each claim sends the next behind the window.
    await until(lambda: are_waiting(workplace, WINDOW), seconds=2)


async def are_waiting(workplace: Workplace, count: int) -> bool:
    return len(workplace.messages(Queue.BULK)) == count


@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_a_terminated_worker_does_not_wait_for_a_storage_that_hangs(
    workplace: Workplace, start: StartWorker, method: str
) -> None:
    job = await workplace.expanded(scans(8), chunk_items=8)
    with (
        S3Proxy(urlsplit(workplace.environment[ENDPOINT]).port or 0) as proxy,
        proxy.faulty(stalls, lambda request: request.method == method) as fault,
    ):
        worker = start("bulk", **{ENDPOINT: proxy.url})
        await until(lambda: has_struck(fault), START_SECONDS)

        worker.popen.terminate()

        assert await worker.ends(seconds=8) == 0, worker.output
    chunk = await workplace.chunk(job)
    assert (chunk.state, chunk.lease, chunk.expiries) == (ChunkState.PENDING, None, 0)


async def has_struck(fault: ActiveFault) -> bool:
    return bool(fault.struck)


async def some_recorded(workplace: Workplace, job: Job) -> bool:
    return (await workplace.chunk(job)).counts.succeeded > 0


async def test_an_unexpected_error_ends_the_process(workplace: Workplace, start: StartWorker) -> None:
    job = await workplace.expanded(make_zip([("black.jpg", black_picture())]))

    worker = start("bulk", zoo="raises")

    assert await worker.ends(START_SECONDS) == BROKEN
    assert "worker.broken" in worker.output
    assert "This colorizer fails on black pictures." in worker.output
    assert (await workplace.chunk(job)).state is ChunkState.LEASED


async def test_a_killed_process_leaves_its_chunk_leased_and_no_decoder_behind(
    workplace: Workplace, start: StartWorker
) -> None:
    worker = start("bulk", zoo="kills_the_process")
    await worker.logs("worker.ready")
    assert len(decoders_of(worker.popen.pid)) == 1
    job = await workplace.expanded(make_zip([("0.jpg", picture()), ("black.jpg", black_picture())]))

    assert await worker.ends(START_SECONDS) == -signal.SIGKILL
    assert (await workplace.chunk(job)).state is ChunkState.LEASED
    await until(lambda: no_decoder_of(worker.popen.pid))


async def no_decoder_of(worker: int) -> bool:
    return not decoders_of(worker)


def decoders_of(worker: int) -> list[bytes]:
    commands = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # It has just ended.
            commands.append(path.read_bytes())
    return [command for command in commands if b"worker.sandbox.child" in command and b"\0%d\0" % worker in command]


async def test_an_ingest_worker_expands_without_torch_or_pillow(workplace: Workplace, start: StartWorker) -> None:
    job = await workplace.submit_archive(scans(2))
    await workplace.job_service.begin_run(job)
    # Importing one of these fails.
    blocked = workplace.models / "blocked"
    for name in ("torch", "numpy", "PIL", "safetensors"):
        (blocked / name).mkdir(parents=True)
        (blocked / name / "__init__.py").write_text(f"raise ImportError('{name} is not for ingest')")

    worker = start("ingest", PYTHONPATH=str(blocked))
    await until(lambda: is_sent(workplace, Queue.BULK, job.id, 0), START_SECONDS)

    worker.popen.terminate()
    assert await worker.ends(seconds=8) == 0, worker.output


async def is_sent(workplace: Workplace, queue: Queue, *message: object) -> bool:
    return workplace.messages(queue) == [message]


async def test_a_worker_does_not_start_when_the_schema_is_behind(workplace: Workplace, start: StartWorker) -> None:
    worker = start("ingest", PHOTOCHROM_MONGO__DATABASE=f"empty_{time.time_ns()}")

    assert await worker.ends(START_SECONDS) == 2
    assert "schema_behind" in worker.output


async def test_the_reconciler_resends_a_job_and_exits_when_terminated(workplace: Workplace, tmp_path: Path) -> None:
    job = await workplace.submit_archive(scans(2))
    environment = {**workplace.environment, "PHOTOCHROM_RECONCILE__RESEND_SECONDS": "0.1"}
    reconciler = Process(tmp_path / "reconcile.log", environment, "worker.reconcile")
    try:
        await until(lambda: is_sent(workplace, Queue.INGEST, job.id), START_SECONDS)
        reconciler.popen.terminate()
        assert await reconciler.ends(seconds=8) == 0, reconciler.output
    finally:
        reconciler.popen.kill()
        reconciler.popen.wait()
