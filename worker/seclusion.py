"""Who works beside whom in this process: chunks share it, but one under suspicion has it to itself.

Else a crash would put the blame on whatever innocent picture was being tried in another chunk at that moment.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio


class Seclusion:
    """Any number of bodies `together`, or one `alone`. Who waits to be alone comes before who arrives later."""

    def __init__(self) -> None:
        self._door = anyio.Lock()
        self._inside = 0
        self._left = anyio.Event()

    @asynccontextmanager
    async def together(self) -> AsyncIterator[None]:
        async with self._door:
            self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1
            self._left.set()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        async with self._door:
            while self._inside:
                self._left = anyio.Event()
                await self._left.wait()
            yield
