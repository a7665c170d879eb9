"""Reading files block by block, and exactly as many bytes as were announced."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from .errors import SourceError

BLOCK_BYTES = 256 * 1024


def read_exactly(stream: BinaryIO, length: int, name: str) -> Iterator[bytes]:
    """Yield the next `length` bytes and ignore what was appended since. Raise `SourceError` if there are fewer."""
    while length:
        block = _read(stream, min(BLOCK_BYTES, length), name)
        if not block:
            raise SourceError(f"Cannot read all of {name}: it became shorter during the upload.")
        length -= len(block)
        yield block


def read_to_end(stream: BinaryIO, name: str) -> Iterator[bytes]:
    """Yield blocks until end of file. Raise `SourceError` if a read fails."""
    while block := _read(stream, BLOCK_BYTES, name):
        yield block


def read_file(path: Path, length: int) -> Iterator[bytes]:
    """Yield the first `length` bytes of a file. Raise `SourceError` if it cannot be read or is shorter."""
    try:
        with path.open("rb") as stream:
            yield from read_exactly(stream, length, str(path))
    except OSError as error:
        raise cannot_read(path, error) from error


def _read(stream: BinaryIO, length: int, name: str) -> bytes:
    try:
        return stream.read(length)
    except OSError as error:
        raise cannot_read(name, error) from error


def cannot_read(path: Path | str, error: OSError) -> SourceError:
    return SourceError(f"Cannot read {path}: {error.strerror or error}.")
