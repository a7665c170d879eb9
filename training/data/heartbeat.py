"""A line on stderr at least every two seconds while something long is being prepared."""

import sys
import threading
import time
from types import TracebackType

SECONDS = 1.5


class Heartbeat:
    """A context manager. `status` is what is printed, with the time that has passed; it may be changed meanwhile."""

    def __init__(self, status: str, *, silent: bool = False) -> None:
        self.status = status
        self._silent = silent
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> "Heartbeat":
        if not self._silent:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        if not self._silent:
            self._thread.join()

    def _beat(self) -> None:
        started_at = time.monotonic()
        while not self._ended.wait(SECONDS):
            print(f"{self.status} ({time.monotonic() - started_at:.0f} s)", file=sys.stderr, flush=True)
