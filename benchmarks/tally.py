"""What simulated workers have done, in files that the benchmark reads: counts by worker, and times of chunks."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pymongo.monitoring
import redis.connection
from numpy.typing import NDArray

from shared.storage.s3_clients import _session

OPERATIONS = ("redis", "mongo", "put", "get")
COUNTED = ("pictures", "claims", *OPERATIONS)
# Sent by drivers now and then, whatever the load.
OF_DRIVERS = frozenset({"hello", "ismaster", "isMaster", "saslStart", "saslContinue", "ping"})


def new_tally(path: Path, workers: int) -> None:
    np.zeros((workers, len(COUNTED)), np.int64).tofile(path)


class Tally:
    """One worker's part. Only its process writes there."""

    def __init__(self, path: Path, place: int) -> None:
        counts = np.memmap(path, np.int64, "r+").reshape(-1, len(COUNTED))
        self._mine: NDArray[np.int64] = counts[place]
        self._lock = threading.Lock()
        self._notes = path.with_name(f"{path.name}-{place}.notes")

    def count(self, what: str, times: int = 1) -> None:
        with self._lock:
            self._mine[COUNTED.index(what)] += times

    def note(self, event: str, job: str, no: int, moment: float) -> None:
        """Rarely: once for a chunk."""
        with self._lock, self._notes.open("a") as notes:
            notes.write(f"{event} {job} {no} {moment}\n")


def totals(path: Path) -> dict[str, int]:
    """Of all bulk workers; the first place is that of the ingest worker."""
    counts = np.fromfile(path, np.int64).reshape(-1, len(COUNTED))[1:].sum(axis=0)
    return dict(zip(COUNTED, map(int, counts), strict=True))


@dataclass(frozen=True)
class Claim:
    """Of a chunk."""

    at: float
    # After it was sent. None: by the reconciler, which notes nothing.
    waited: float | None


def claims(path: Path, job: str) -> list[Claim]:
    """Of a job's chunks, in order."""
    moments: dict[str, dict[int, float]] = defaultdict(dict)
    for event, of, no, moment in _notes(path):
        if of == job:
            moments[event].setdefault(no, moment)
    sent, claimed = moments["sent"], moments["claimed"]
    made = [Claim(at, at - sent[no] if no in sent else None) for no, at in claimed.items()]
    return sorted(made, key=lambda claim: claim.at)


def _notes(path: Path) -> Iterator[tuple[str, str, int, float]]:
    for notes in path.parent.glob(f"{path.name}-*.notes"):
        for line in notes.read_text().splitlines():
            event, job, no, moment = line.split()
            yield event, job, int(no), float(moment)


def count_operations(tally: Tally) -> None:
    """Count what this process sends to the servers from now on: before it opens its first connection."""
    pymongo.monitoring.register(_MongoCommands(tally))
    _count_redis_commands(tally)
    _session().events.register("before-send.s3", lambda request, **_: _count_request(tally, request))


class _MongoCommands(pymongo.monitoring.CommandListener):
    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def started(self, event: pymongo.monitoring.CommandStartedEvent) -> None:
        if event.command_name not in OF_DRIVERS:
            self._tally.count("mongo")

    def succeeded(self, event: object) -> None:
        """Counted when it started."""

    def failed(self, event: object) -> None:
        """Counted when it started."""


def _count_redis_commands(tally: Tally) -> None:
    """Each command is packed once, also if it is sent in a pipeline."""
    for packer in (redis.connection.PythonRespSerializer, redis.connection.HiredisRespSerializer):
        pack = packer.pack

        def counted(self: Any, *args: Any, pack: Any = pack) -> Any:
            tally.count("redis")
            return pack(self, *args)

        packer.pack = counted  # type: ignore[method-assign]


def _count_request(tally: Tally, request: Any) -> None:
    tally.count("put" if request.method == "PUT" else "get")
