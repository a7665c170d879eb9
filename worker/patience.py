"""Waiting out an outage: while a server is away, work under a lease waits instead of failing."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio
import structlog

from shared.errors import Unavailable
from shared.storage.errors import StorageRefused

Answer = TypeVar("Answer")

FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 10.0

log = structlog.get_logger()


async def patiently(call: Callable[[], Awaitable[Answer]]) -> Answer:
    """Repeat `call` while what it needs is away, with growing pauses. It ends by success, by another error, or when
    the lease under which it is made is lost and the caller is cancelled. `call` must be safe to repeat.

    A storage that refuses us (a wrong key, a missing bucket) is waited out too: an operator has to mend that, and no
    picture is to blame for it.
    """
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            return await call()
        except (Unavailable, StorageRefused) as error:
            log.warning("server.away", code=error.code, error=error.detail, retry_seconds=pause)
        await anyio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
