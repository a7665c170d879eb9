"""Calls that may take long: a callback at regular intervals shows that the program is alive."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

HEARTBEAT_SECONDS = 1.5

OnSilence = Callable[[float], None]


@contextmanager
def heartbeat(on_silence: OnSilence | None) -> Iterator[None]:
    """While the block runs, call `on_silence` every 1.5 seconds with the number of seconds that have passed."""
    if on_silence is None:
        yield
        return
    started_at, ended = time.monotonic(), threading.Event()

    def beat() -> None:
        while not ended.wait(HEARTBEAT_SECONDS):
            on_silence(time.monotonic() - started_at)

    thread = threading.Thread(target=beat, name="photochrom-heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
