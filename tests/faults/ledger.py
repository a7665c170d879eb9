"""The client's log: every request that it sent and every response it got, synced to disk before it continues.

Nothing in it comes from the service's own stores: the service is checked against it.
"""

import hashlib
import json
import os
import threading
import time
from pathlib import Path
from typing import Any

Event = dict[str, Any]


class Ledger:
    """Thread-safe. A durable event is on disk when `write` returns; mere observations need not be."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")
        self._lock = threading.Lock()
        self._events: list[Event] = []

    def write(self, kind: str, *, durable: bool = True, **event: Any) -> None:
        entry = {"at": time.monotonic(), "kind": kind, **event}
        with self._lock:
            self._events.append(entry)
            self._file.write(json.dumps(entry) + "\n")
            self._file.flush()
            if durable:
                os.fsync(self._file.fileno())

    def events(self, kind: str, **match: Any) -> list[Event]:
        with self._lock:
            return [
                event
                for event in self._events
                if event["kind"] == kind and all(event.get(name) == value for name, value in match.items())
            ]

    def close(self) -> None:
        self._file.close()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
