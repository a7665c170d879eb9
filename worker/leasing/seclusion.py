"""Who works beside whom in this process: chunks share it, but one under suspicion has it to itself.

Else a crash would put the blame on whatever innocent picture was being tried in another chunk at that moment.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager

import anyio


class Seclusion:
    """Any number of bodies `together`, or one `alone`. Who waits to be alone comes before who arrives later.

    A body that raises takes the process down (`worker.process.runtime`). It is never counted as having left: in the
    moment that is left, nobody shall begin to be alone and be found under suspicion for that death.
    """

    def __init__(self) -> None:
        self._door = anyio.Lock()
        self._inside = 0
        self._left = anyio.Event()

    @asynccontextmanager
    async def together(self) -> AsyncIterator[None]:
        async with self._door:
            self._inside += 1
        with _unless_it_raises(self._leave):
            yield

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        await self._door.acquire()
        with _unless_it_raises(self._door.release):
            while self._inside:
                self._left = anyio.Event()
                await self._left.wait()
            yield

    def _leave(self) -> None:
        self._inside -= 1
        self._left.set()


@contextmanager
def _unless_it_raises(leave: Callable[[], None]) -> Iterator[None]:
    """Call `leave` at the body's end, also when it is canceled."""
    with ExitStack() as stack:
        stack.callback(leave)
        try:
            yield
        except Exception:
            stack.pop_all()
            raise
