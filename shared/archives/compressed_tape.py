"""A compressed tar as a tape: decompressed once, a piece at a time, in threads, under limits. No tar is parsed here."""

from time import monotonic

from anyio import to_thread

from shared.archives.decompressing import Decompressor
from shared.archives.entries import ArchiveLimits
from shared.archives.errors import ArchiveBomb, ArchiveCorrupt, ArchiveError, ArchiveTooSlow, ArchiveTruncated, NotATar
from shared.archives.reader import Reader
from shared.archives.sniffing import sniff
from shared.archives.tar_header import BLOCK, parse_header

# A member may be as short as 20 bytes, and each makes a copy of what is left of its piece.
_INPUT_BYTES = 64 * 1024
_OUTPUT_BYTES = 1024**2


class CompressedTape:
    """A tape whose every call, besides what `Tape` says, raises the other `ArchiveError`s of decompressing.

    Holds two pieces and the decompressor's window, however long the tar is.
    """

    def __init__(self, reader: Reader, media_type: str, limits: ArchiveLimits) -> None:
        self.position = 0
        self._reader = reader
        self._limits = limits
        self._decompressor = Decompressor(media_type, limits.max_window_bytes)
        self._taken_in = 0
        self._given_out = 0
        self._seconds = 0.0
        self._ready = memoryview(b"")

    async def find_tar(self) -> None:
        """To be called first: raises `NotATar` if it is none."""
        first = b""
        while len(first) < BLOCK and await self._refill():
            first += self._ready
        self._ready = memoryview(first)
        if not _may_be_tar(first[:BLOCK]):
            found = sniff(first[:BLOCK]) or "something else" if first else "nothing"
            raise NotATar(f"There is no tar in the {self._decompressor.name} file: it holds {found}.")

    async def read(self, length: int) -> bytes:
        content = await self.take(length) if length else b""
        while len(content) < length:
            content += await self.take(length - len(content))
        return content

    async def skip(self, length: int) -> None:
        while length:
            piece = await self._next_piece(length)
            length -= len(piece)

    async def take(self, most: int) -> bytes:
        """As many of the next bytes as are at hand: at least one, at most `most`."""
        return bytes(await self._next_piece(most))

    async def drain(self) -> None:
        """Decompress what follows the tar's end mark, so that no checksum stays unchecked and no cut unnoticed."""
        while await self._refill():
            pass

    async def _next_piece(self, most: int) -> memoryview:
        if not self._ready and not await self._refill():
            raise self._breaks_off()
        piece, self._ready = self._ready[:most], self._ready[most:]
        self.position += len(piece)
        return piece

    async def _refill(self) -> bool:
        """False at the end of the compressed data."""
        content = b""
        while not content:
            data = await self._next_input() if self._decompressor.needs_input else b""
            if data is None:
                return False
            content = await to_thread.run_sync(self._decompress, data)
        self._ready = memoryview(content)
        return True

    async def _next_input(self) -> bytes | None:
        left = self._reader.size - self._taken_in
        if left:
            data = await self._reader.read(self._taken_in, min(left, _INPUT_BYTES))
            self._taken_in += len(data)
            return data
        if self._decompressor.inside:
            raise ArchiveTruncated(f"The {self._decompressor.name} data breaks off.")
        return None

    def _decompress(self, data: bytes) -> bytes:
        begun = monotonic()
        content = self._decompressor.decompress(data, _OUTPUT_BYTES)
        self._seconds += monotonic() - begun
        self._given_out += len(content)
        self._check_limits()
        return content

    def _check_limits(self) -> None:
        limits = self._limits
        if self._seconds > limits.max_seconds:
            raise ArchiveTooSlow(f"Decompressing it takes longer than {limits.max_seconds:g} seconds.")
        if self._given_out > limits.max_total_bytes:
            raise ArchiveBomb(f"It decompresses to more than {limits.max_total_bytes} bytes.")
        # One blank scan compresses like a bomb, and may come first: the whole has to make up for it.
        if self._given_out > max(limits.max_entry_bytes, limits.max_ratio * self._taken_in):
            raise ArchiveBomb(
                f"Its first {self._taken_in} bytes decompress to more than {limits.max_ratio} times that."
            )

    def _breaks_off(self) -> ArchiveError:
        if self._decompressor.trailing:
            return ArchiveCorrupt(
                f"The tar breaks off where something else follows the {self._decompressor.name} data."
            )
        return ArchiveTruncated("The tar breaks off: its end mark is missing.")


def _may_be_tar(first: bytes) -> bool:
    """A block of zeros may: it is the end mark of an empty one."""
    if len(first) < BLOCK:
        return first != b"" and not any(first)
    try:
        return not any(first) or parse_header(first) is not None
    except ArchiveCorrupt:
        return False
