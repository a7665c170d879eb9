"""How much memory the pictures of one chunk may take up on their way: small ones many at once, a huge one nearly alone.

Without it an archive of 30 MB, whose entries expand to as much as a picture may have, would take gigabytes: the stages
of the pipeline count pictures, not bytes.
"""

import anyio

ROOM_BYTES = 512 * 1024**2
IDLE_BYTES = 256 * 1024**2


class Room:
    """Shares of it are entered one after the other, first come, first served.

    What stands idle in it, waiting for company, must not take up more than `idle_bytes`: as long as no more than that
    is taken, the next one is let in, whatever its size. So nobody waits for somebody who waits for him.
    """

    def __init__(self, size: int = ROOM_BYTES, *, idle_bytes: int = IDLE_BYTES) -> None:
        self.size = size
        self.idle_bytes = idle_bytes
        self.taken = 0
        self._turn = anyio.Lock()
        self._left = anyio.Event()

    async def take(self, size: int) -> None:
        """Wait until there is room for so many bytes, and take it."""
        async with self._turn:
            while self.taken > self.idle_bytes and self.taken + size > self.size:
                self._left = anyio.Event()
                await self._left.wait()
            self.taken += size

    def change(self, size: int) -> None:
        """Of what is taken, by so many bytes; does not wait."""
        self.taken += size
        if size < 0:
            self._left.set()


class Share:
    """What one picture takes up of a room, in bytes: nothing at first, and more and less on its way."""

    def __init__(self, room: Room) -> None:
        self.size = 0
        self._room = room

    async def enter(self, size: int) -> None:
        """Wait for room for so many bytes more."""
        await self._room.take(size)
        self.size += size

    def resize(self, size: int) -> None:
        """To so many bytes, at once: who is inside may grow."""
        self._room.change(size - self.size)
        self.size = size
