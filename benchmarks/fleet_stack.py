"""The stack of benchmarks/fleet.py: servers, gateway and reconciler as always, and simulated workers."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bson
import numpy as np
from pymongo import MongoClient
from redis import Redis

from benchmarks.tally import COUNTED, claims, new_tally, totals
from shared.lifecycle import ChunkState
from shared.queue import Queue
from shared.settings import MongoSettings
from tests.fixtures.stack import wait_until
from tests.fixtures.unstaffed import UnstaffedStack, unstaffed_stack

MONGO = "PHOTOCHROM_MONGO__"
DATABASE = str(MongoSettings.model_fields["database"].default)
POLL_SECONDS = 0.25
# Chunks that a worker works on at once.
SLOTS = 2
START_SECONDS = 300.0
READY = "worker.ready"


# Of the database, by kind; what drivers and clocks need is in none of them.
DATABASE_COMMANDS = ("insert", "query", "update", "delete", "getmore")


@dataclass(frozen=True)
class Window:
    """What happened while all workers were busy."""

    seconds: float
    pictures_per_second: float
    # Of the workers.
    counted: dict[str, int]
    # Commands that the database got, from anybody.
    database_commands: int

    @property
    def others_per_second(self) -> float:
        """Commands of gateway, ingest worker and reconciler."""
        return (self.database_commands - self.counted["mongo"]) / self.seconds


@dataclass(frozen=True)
class Fleet:
    """Simulated workers, all ready."""

    stack: UnstaffedStack
    workers: int
    seconds: float
    tally: Path

    def wait_until_busy(self, job: str) -> list[float]:
        """Until every worker has claimed as many chunks as it works on at once. Returns how long these had waited."""
        slots = self.workers * SLOTS
        wait_until(lambda: totals(self.tally)["claims"] >= slots, START_SECONDS)
        return [claim.waited for claim in claims(self.tally, job)[:slots] if claim.waited is not None]

    def window(self, seconds: float) -> Window:
        """The rate is the slope of the number of pictures."""
        started, times, counts = time.perf_counter(), list[float](), list[int]()
        before, commands = totals(self.tally), self._database_commands()
        while (passed := time.perf_counter() - started) < seconds:
            times.append(passed)
            counts.append(totals(self.tally)["pictures"])
            time.sleep(POLL_SECONDS)
        after = totals(self.tally)
        return Window(
            time.perf_counter() - started,
            float(np.polyfit(times, counts, 1)[0]),
            {name: after[name] - before[name] for name in COUNTED},
            self._database_commands() - commands,
        )

    def document_bytes(self, job: str) -> float:
        """How much of the database a picture takes: that of the job's chunks that are done."""
        with self._database() as database:
            done = list(database[DATABASE]["chunks"].find({"job": job, "state": ChunkState.DONE}))
        return sum(len(bson.encode(chunk)) for chunk in done) / max(sum(len(chunk["items"]) for chunk in done), 1)

    def _database_commands(self) -> int:
        with self._database() as database:
            counters = database.admin.command("serverStatus")["opcounters"]
        return int(sum(counters[kind] for kind in DATABASE_COMMANDS))

    def _database(self) -> "MongoClient[dict[str, Any]]":
        variables = {"url": f"{MONGO}URL", "password": f"{MONGO}PASSWORD"}
        given = {name: self.stack.environment.get(variable) for name, variable in variables.items()}
        return MongoClient(MongoSettings.model_validate(given).full_url())


@contextmanager
def fleet_of(stack: UnstaffedStack, workers: int, seconds: float) -> Iterator[Fleet]:
    """These workers and one for ingest, until the end of the block."""
    name = f"fleet-{workers}-{seconds:g}"
    tally = stack.home / name
    new_tally(tally, workers + 1)
    # Messages for chunks that were canceled with the job of the fleet before.
    Redis.from_url(stack.environment["PHOTOCHROM_REDIS__URL"]).delete(Queue.BULK)
    numbers = ("--count", str(workers), "--seconds", str(seconds), "--tally", str(tally))
    process = stack.start(name, "benchmarks.simulated_workers", *numbers)
    try:
        wait_until(lambda: stack.logs(name).count(READY) > workers, START_SECONDS, lambda: stack.logs(name))
        yield Fleet(stack, workers, seconds, tally)
    finally:
        stack.stop(process)


def fleet_stack(home: Path, chunk_items: int) -> AbstractContextManager[UnstaffedStack]:
    return unstaffed_stack(
        home,
        PHOTOCHROM_DISPATCH__CHUNK_ITEMS=str(chunk_items),
        PHOTOCHROM_WORKER__COLORIZER="benchmarks.sleeping:load",
        PHOTOCHROM_WORKER__DEVICE="cpu",
        PHOTOCHROM_WORKER__MINIBATCH="1",
    )
