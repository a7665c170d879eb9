"""A compressed tar as a stream: decompressed once, piece by piece, in threads, under limits. No tar is parsed here."""

from time import monotonic

from anyio import to_thread

from shared.archives.decompressing import Decompressor
from shared.archives.entries import ArchiveLimits
from shared.archives.errors import ArchiveBomb, ArchiveCorrupt, ArchiveError, ArchiveTooSlow, ArchiveTruncated, NotATar
from shared.archives.reader import Reader
from shared.archives.sniffing import sniff
from shared.archives.tar_header import BLOCK, parse_header

# Kept small: a gzip member may have only 20 bytes, and each copies the rest of the input piece.
_INPUT_BYTES = 64 * 1024
_OUTPUT_BYTES = 1024**2


class CompressedTarStream:
    """A `TarStream` whose calls also raise the other `ArchiveError`s of decompressing.

    Holds two pieces and the decompressor's window in memory, however long the tar is.
    """

    def __init__(self, reader: Reader, media_type: str, limits: ArchiveLimits) -> None:
        self.position = 0
        self._reader = reader
        self._limits = limits
        self._decompressor = Decompressor(media_type, limits.max_window_bytes)
        self._bytes_in = 0
        self._bytes_out = 0
        self._seconds = 0.0
        self._ready = memoryview(b"")

    async def find_tar(self) -> None:
        """Must be called first. Raises `NotATar` if the file holds something else."""
        first = b""
        while len(first) < BLOCK and await self._refill():
            first += self._ready
        self._ready = memoryview(first)
        if not _may_be_tar(first[:BLOCK]):
            content = sniff(first[:BLOCK]) or "something else" if first else "nothing"
            raise NotATar(f"There is no tar in the {self._decompressor.name} file: it holds {content}.")

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
        """Some of the next bytes: at least one, at most `most`, as many as are decompressed already."""
        return bytes(await self._next_piece(most))

    async def next_used_block(self) -> bytes:
        block = b""
        while self._ready or await self._refill():
            piece = bytes(await self._next_piece(BLOCK - len(block)))
            block += piece
            if len(block) == BLOCK:
                if any(block):
                    return block
                block = b""
                await self._skip_zeros()
        return block if any(block) else b""

    async def _skip_zeros(self) -> None:
        """Whole blocks of what is decompressed already: a tar may be padded to any length."""
        zeros = len(self._ready) - len(bytes(self._ready).lstrip(b"\0"))
        if zeros >= BLOCK:
            await self._next_piece(zeros - zeros % BLOCK)

    async def drain(self) -> int:
        """Decompresses the rest, so that its checksum is verified and a cut is noticed. What cannot be decompressed
        counts as it is.
        """
        left = 0
        while self._ready or await self._refill():
            left += len(await self._next_piece(len(self._ready)))
        return left + self._decompressor.trailing_bytes

    async def _next_piece(self, most: int) -> memoryview:
        if not self._ready and not await self._refill():
            raise self._cut_off()
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
        left = self._reader.size - self._bytes_in
        if left:
            data = await self._reader.read(self._bytes_in, min(left, _INPUT_BYTES))
            self._bytes_in += len(data)
            return data
        if self._decompressor.inside:
            raise ArchiveTruncated(f"The {self._decompressor.name} data is cut off.")
        return None

    def _decompress(self, data: bytes) -> bytes:
        started = monotonic()
        content = self._decompressor.decompress(data, _OUTPUT_BYTES)
        self._seconds += monotonic() - started
        self._bytes_out += len(content)
        self._check_limits()
        return content

    def _check_limits(self) -> None:
        limits = self._limits
        if self._seconds > limits.max_seconds:
            raise ArchiveTooSlow(f"Decompressing it takes more than {limits.max_seconds:g} seconds.")
        if self._bytes_out > limits.max_total_bytes:
            raise ArchiveBomb(f"It decompresses to more than {limits.max_total_bytes} bytes.")
        # A blank scan compresses like a bomb, and it may come first: the ratio counts once one entry's worth is out.
        if self._bytes_out > max(limits.max_entry_bytes, limits.max_ratio * self._bytes_in):
            raise ArchiveBomb(
                f"Its first {self._bytes_in} bytes decompress to more than {limits.max_ratio} times as many."
            )

    def _cut_off(self) -> ArchiveError:
        if self._decompressor.trailing:
            return ArchiveCorrupt(f"The tar is cut off: something other than {self._decompressor.name} data follows.")
        return ArchiveTruncated("The tar is cut off: its end marker is missing.")


def _may_be_tar(first: bytes) -> bool:
    """A block of zeros counts: it is the end marker of an empty tar."""
    if len(first) < BLOCK:
        return first != b"" and not any(first)
    try:
        return not any(first) or parse_header(first) is not None
    except ArchiveCorrupt:
        return False
