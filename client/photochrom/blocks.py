"""Reading files block by block, exactly as many bytes as were promised."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from .errors import SourceError

BLOCK_BYTES = 256 * 1024


def read_exactly(stream: BinaryIO, length: int, name: str) -> Iterator[bytes]:
    """The next `length` bytes; what was appended meanwhile is left out, what is missing raises `SourceError`."""
    while length:
        block = stream.read(min(BLOCK_BYTES, length))
        if not block:
            raise SourceError(f"{name} became shorter while it was sent.")
        length -= len(block)
        yield block


def read_file(path: Path, length: int) -> Iterator[bytes]:
    """The first `length` bytes of a file. Raise `SourceError` if they cannot be read or are not there."""
    try:
        with path.open("rb") as stream:
            yield from read_exactly(stream, length, str(path))
    except OSError as error:
        raise cannot_read(path, error) from error


def cannot_read(path: Path | str, error: OSError) -> SourceError:
    return SourceError(f"Cannot read {path}: {error.strerror or error}.")
