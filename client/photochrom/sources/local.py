"""What can be submitted, as a stream of bytes: a file or a folder by path, bytes in memory, a file object."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from photochrom.blocks import cannot_read, read_exactly, read_file, read_to_end
from photochrom.errors import SourceError

from .folder import stream_tar, tar_length

Submittable = str | os.PathLike[str] | bytes | BinaryIO


@dataclass(frozen=True, slots=True)
class Source:
    """A body to send. `length` is exact and promised to the service; `total` only measures progress.

    `blocks` begins the body; where it is `replayable`, each call begins it anew. Iterating raises `SourceError` when
    the bytes cannot be read or are fewer than promised.
    """

    filename: str | None
    media_type: str
    length: int | None
    total: int | None
    replayable: bool
    blocks: Callable[[], Iterator[bytes]]


def open_source(given: Submittable, filename: str | None = None) -> Source:
    """Raise `SourceError` if `given` does not exist, is neither file nor folder, or is open in text mode."""
    if isinstance(given, bytes):
        return _seekable(io.BytesIO(given), filename)
    if isinstance(given, str | os.PathLike):
        return _path(Path(given), filename)
    if isinstance(given, io.TextIOBase):
        raise SourceError("The file object is open in text mode; open it in binary mode.")
    filename = filename or _own_name(given)
    return _seekable(given, filename) if given.seekable() else _once(given, filename)


def _path(path: Path, filename: str | None) -> Source:
    try:
        status = path.stat()
    except OSError as error:
        raise cannot_read(path, error) from error
    if stat.S_ISDIR(status.st_mode):
        name = filename or f"{_sendable(path.resolve().name) or 'folder'}.tar"
        # No length is promised: files may come and go between measuring and sending.
        return Source(name, "application/x-tar", None, tar_length(path), True, lambda: stream_tar(path))
    if not stat.S_ISREG(status.st_mode):
        raise SourceError(f"{path} is neither a file nor a folder.")
    name = filename or _sendable(path.name)
    return _octets(name, status.st_size, lambda: read_file(path, status.st_size))


def _seekable(stream: BinaryIO, filename: str | None) -> Source:
    start = stream.tell()
    length = stream.seek(0, io.SEEK_END) - start
    stream.seek(start)

    def blocks() -> Iterator[bytes]:
        stream.seek(start)
        return read_exactly(stream, length, filename or "the file object")

    return _octets(filename, length, blocks)


def _own_name(stream: BinaryIO) -> str | None:
    """What is open has a path for its name; or a number; or, in the way of `<stdin>`, none."""
    name = getattr(stream, "name", None)
    return _sendable(Path(name).name) if isinstance(name, str) and not name.startswith("<") else None


def _once(stream: BinaryIO, filename: str | None) -> Source:
    blocks = read_to_end(stream, filename or "the file object")
    return Source(filename, "application/octet-stream", None, None, False, lambda: blocks)


def _octets(filename: str | None, length: int, blocks: Callable[[], Iterator[bytes]]) -> Source:
    return Source(filename, "application/octet-stream", length, length, True, blocks)


def _sendable(name: str) -> str:
    """A file name that a URL can carry: bytes that are not UTF-8 are replaced."""
    return os.fsencode(name).decode("utf-8", "replace")
