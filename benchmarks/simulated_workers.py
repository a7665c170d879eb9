"""Simulated GPU workers, many on one machine: `python -m benchmarks.simulated_workers --count 64 --seconds 1 …`.

Each is a real worker process with its own connections to the real servers, forked from one that has imported
everything. Two things are replaced: the colorizer sleeps, as if a device computed, and pictures are not decoded or
encoded, which the processors of other machines do in a fleet. Everything that a worker does with queue, database and
storage is the code of the service.

They write what they have done into a file that the benchmark reads: `Tally`.
"""

import argparse
import gc
import os
import signal
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import celery.apps.worker
import celery.worker.consumer.consumer
import kombu.transport.redis
import numpy as np

from benchmarks import sleeping
from benchmarks.tally import Tally, count_operations
from shared.chunks.leases import ChunkLeases
from shared.log import configure_logging
from shared.queue import Queue, TaskQueue
from shared.startup import read_settings
from shared.storage.opening import open_storage
from worker import sandbox
from worker.chunk import colorize
from worker.expand import expand
from worker.imaging import ComposeOptions, Facts
from worker.process.app import serve
from worker.process.runtime import leave
from worker.process.settings import WorkerSettings
from worker.sandbox import ComposedPicture, DecodedPicture
from worker.sandbox.memory import Memory

# Imported before the fork, though they are used only after it, so that all workers share the memory.
IMPORTED = (colorize, expand, kombu.transport.redis, celery.apps.worker, celery.worker.consumer.consumer)
# Between two forks: all at once would start slower, and take more memory at once.
PAUSE_SECONDS = 0.5
SIDE = 256
PREVIEW = b"RIFF" + bytes(2000)


class NoDecoders:
    """In the place of `DecoderPool`: takes any bytes for a gray JPEG, and returns them as the result."""

    children = 1

    def __init__(self, *_: Any, **__: Any) -> None:
        self._plane = np.zeros((SIDE, SIDE), np.uint8)

    def decode(self, source: bytes) -> DecodedPicture:
        facts = Facts(
            format="JPEG",
            media_type="image/jpeg",
            width=SIDE,
            height=SIDE,
            mode="L",
            has_alpha=False,
            orientation=1,
        )
        return DecodedPicture(facts, self._plane, Memory("source", [source]), Memory("planes"), PREVIEW)

    def compose(self, picture: DecodedPicture, _chroma: object, _options: ComposeOptions) -> ComposedPicture:
        result = picture.source.read(picture.source.size)
        return ComposedPicture(result, SIDE, SIDE, "image/jpeg", PREVIEW)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """There is nothing to close."""


def note_chunks(tally: Tally) -> None:
    """Note when each chunk is sent and claimed."""
    send, claim = TaskQueue.send, ChunkLeases.claim

    async def noted_send(self: TaskQueue, task: Any, queue: Queue, *args: Any) -> bool:
        sent_at = time.time()
        sent = await send(self, task, queue, *args)
        if len(args) > 1:
            tally.note("sent", args[0], args[1], sent_at)
        return sent

    async def noted_claim(self: ChunkLeases, job_id: str, no: int, *args: Any) -> Any:
        chunk = await claim(self, job_id, no, *args)
        if chunk is not None:
            tally.note("claimed", job_id, no, time.time())
            tally.count("claims")
        return chunk

    TaskQueue.send, ChunkLeases.claim = noted_send, noted_claim  # type: ignore[method-assign, assignment]


def work(place: int, role: Queue, tally: Path) -> int:
    """One worker, in a process of its own."""
    mine = Tally(tally, place)
    count_operations(mine)
    note_chunks(mine)
    sleeping.ON_DONE.append(partial(mine.count, "pictures"))
    configure_logging(f"worker-{role}-{place}")
    return serve(role, read_settings(WorkerSettings))


def warm_up() -> None:
    """What takes each worker longest, and can be shared: the description of S3. Sends nothing."""
    with open_storage(read_settings(WorkerSettings).storage):
        gc.freeze()


def forked(place: int, role: Queue, tally: Path) -> int:
    """The id of the new process."""
    if pid := os.fork():
        time.sleep(PAUSE_SECONDS)
        return pid
    try:
        leave(work(place, role, tally))
    finally:  # An error must not run on as a second parent.
        os._exit(1)


def wait_for_end(pids: Sequence[int]) -> int:
    def forward(number: int, _frame: object) -> None:
        for pid in pids:
            os.kill(pid, number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, forward)
    return max(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulated_workers", description=__doc__)
    parser.add_argument("--count", type=int, required=True, help="bulk workers; an ingest worker is added")
    parser.add_argument("--seconds", type=float, required=True, help="of the device for one picture")
    parser.add_argument("--tally", type=Path, required=True)
    arguments = parser.parse_args()
    sleeping.SECONDS = arguments.seconds
    sandbox.DecoderPool = NoDecoders  # type: ignore[misc, assignment]
    warm_up()
    roles = [Queue.INGEST, *[Queue.BULK] * arguments.count]
    return wait_for_end([forked(place, role, arguments.tally) for place, role in enumerate(roles)])


if __name__ == "__main__":
    sys.exit(main())
