"""A limit on the memory of a chunk's pictures in the pipeline: many small ones at once, a huge one almost alone.

The bounded streams between the stages count pictures, not bytes. Without this limit an archive of 30 MB whose entries
expand to the largest size allowed would take gigabytes.
"""

import anyio

BUDGET_BYTES = 512 * 1024**2
IDLE_BYTES = 256 * 1024**2


class MemoryBudget:
    """Grants reservations one after the other, first come, first served.

    Pictures that wait in the pipeline for others of their shape may hold `idle_bytes` at most. As long as no more than
    that is reserved, the next reservation is granted, whatever its size; so a picture never waits for one that waits
    for it.
    """

    def __init__(self, size: int = BUDGET_BYTES, *, idle_bytes: int = IDLE_BYTES) -> None:
        self.size = size
        self.idle_bytes = idle_bytes
        self.reserved = 0
        self._turn = anyio.Lock()
        self._released = anyio.Event()

    async def acquire(self, size: int) -> None:
        """Wait until this many bytes are available, and reserve them."""
        async with self._turn:
            while self.reserved > self.idle_bytes and self.reserved + size > self.size:
                self._released = anyio.Event()
                await self._released.wait()
            self.reserved += size

    def adjust(self, size: int) -> None:
        """Reserve this many additional bytes, or release them if it is negative, without waiting."""
        self.reserved += size
        if size < 0:
            self._released.set()


class Reservation:
    """The part of a budget that one picture has reserved: nothing at first, then more or less from stage to stage."""

    def __init__(self, budget: MemoryBudget) -> None:
        self.size = 0
        self._budget = budget

    async def acquire(self, size: int) -> None:
        """Wait until this many additional bytes are available, and reserve them."""
        await self._budget.acquire(size)
        self.size += size

    def resize(self, size: int) -> None:
        """Change to `size` bytes without waiting: a picture that is already in the pipeline may exceed the budget."""
        self._budget.adjust(size - self.size)
        self.size = size
