"""Which chunks may share this process: any number of ordinary ones, but a suspected one has it to itself.

Otherwise a crash would be blamed on an innocent picture that another chunk was trying at that moment.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager

import anyio


class SharedExclusiveLock:
    """Held `shared` by any number of tasks, or `exclusive` by one. A task that waits for exclusive use comes before
    those that ask for it later.

    A body that raises takes the process down (`worker.process.runtime`) and therefore never releases the lock:
    otherwise, in the moment before the process ends, another chunk could start exclusive use and be suspected of
    causing the crash.
    """

    def __init__(self) -> None:
        self._turn = anyio.Lock()
        self._holders = 0
        self._released = anyio.Event()

    @asynccontextmanager
    async def shared(self) -> AsyncIterator[None]:
        async with self._turn:
            self._holders += 1
        with _released_unless_it_raises(self._release):
            yield

    @asynccontextmanager
    async def exclusive(self) -> AsyncIterator[None]:
        await self._turn.acquire()
        with _released_unless_it_raises(self._turn.release):
            while self._holders:
                self._released = anyio.Event()
                await self._released.wait()
            yield

    def _release(self) -> None:
        self._holders -= 1
        self._released.set()


@contextmanager
def _released_unless_it_raises(release: Callable[[], None]) -> Iterator[None]:
    """Call `release` when the body ends or is cancelled, but not when it raises an exception."""
    with ExitStack() as stack:
        stack.callback(release)
        try:
            yield
        except Exception:
            stack.pop_all()
            raise
