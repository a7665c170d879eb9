"""Who works beside whom in this process: chunks share it, but one under suspicion has it to itself.

Else a crash would put the blame on whatever innocent picture was being tried in another chunk at that moment.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio


class Seclusion:
    """Any number of bodies `together`, or one `alone`. Who waits to be alone comes before who arrives later.

    A body that raises takes the process down (`worker.runtime`). It is never counted as having left: in the moment that
    is left, nobody shall begin to be alone and be found under suspicion for that death.
    """

    def __init__(self) -> None:
        self._door = anyio.Lock()
        self._inside = 0
        self._left = anyio.Event()

    @asynccontextmanager
    async def together(self) -> AsyncIterator[None]:
        async with self._door:
            self._inside += 1
        is_broken = False
        try:
            yield
        except Exception:
            is_broken = True
            raise
        finally:
            if not is_broken:
                self._inside -= 1
                self._left.set()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        is_broken = False
        await self._door.acquire()
        try:
            while self._inside:
                self._left = anyio.Event()
                await self._left.wait()
            yield
        except Exception:
            is_broken = True
            raise
        finally:
            if not is_broken:
                self._door.release()
