"""Local sources as streams of bytes: a file or a folder by path, bytes in memory, a file object."""

from __future__ import annotations

import io
import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from photochrom.blocks import cannot_read, read_exactly, read_file, read_to_end
from photochrom.errors import SourceError

from .folder import stream_tar, tar_identity, tar_length

Submittable = str | os.PathLike[str] | bytes | BinaryIO

_ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A body to send. `length` is exact and announced to the service; `total` only measures progress.

    Each call of `blocks` restarts the body if it is `replayable`; otherwise it may be called only once. Iterating
    raises `SourceError` if a read fails or the body is shorter than announced. `identity` is the same in another
    process as long as the content is; None for what exists only in this one.
    """

    filename: str | None
    media_type: str
    length: int | None
    total: int | None
    replayable: bool
    blocks: Callable[[], Iterator[bytes]]
    identity: str | None = None


def open_source(submittable: Submittable, filename: str | None = None) -> Source:
    """Raise `SourceError` for a path that does not exist or is neither file nor folder, and for text mode."""
    if isinstance(submittable, str) and _ADDRESS.match(submittable) and not Path(submittable).exists():
        raise _not_local(submittable)
    if isinstance(submittable, bytes):
        return _seekable(io.BytesIO(submittable), filename)
    if isinstance(submittable, str | os.PathLike):
        return _path(Path(submittable), filename)
    if isinstance(submittable, io.TextIOBase):
        raise SourceError("The file object is open in text mode. Open it in binary mode.")
    filename = filename or _stream_name(submittable)
    return _seekable(submittable, filename) if submittable.seekable() else _unseekable(submittable, filename)


def _path(path: Path, filename: str | None) -> Source:
    try:
        status = path.stat()
    except OSError as error:
        raise cannot_read(path, error) from error
    if stat.S_ISDIR(status.st_mode):
        return Source(
            filename=filename or _as_utf8(path.resolve().name) or "folder",
            media_type="application/x-tar",
            # Not announced: files may be added or removed between measuring and sending.
            length=None,
            total=tar_length(path),
            replayable=True,
            blocks=lambda: stream_tar(path),
            identity=tar_identity(path),
        )
    if not stat.S_ISREG(status.st_mode):
        raise SourceError(f"Cannot submit {path}: it is neither a file nor a folder.")
    name = filename or _as_utf8(path.name)
    identity = f"{path.resolve()}\n{status.st_mtime_ns}\n{status.st_ino}"
    return _octets(name, status.st_size, lambda: read_file(path, status.st_size), identity)


def _not_local(address: str) -> SourceError:
    scheme = address.partition("://")[0].lower()
    if scheme == "s3":
        return SourceError(f"{address} is not a file. Submit a Prefix or a Manifest for what is in a bucket.")
    return SourceError(
        f"{scheme}:// sources are not supported: {address}. Download the file and submit it, or use s3://BUCKET/PREFIX."
    )


def _seekable(stream: BinaryIO, filename: str | None) -> Source:
    start = stream.tell()
    length = stream.seek(0, io.SEEK_END) - start
    stream.seek(start)

    def blocks() -> Iterator[bytes]:
        stream.seek(start)
        return read_exactly(stream, length, filename or "the file object")

    return _octets(filename, length, blocks)


def _stream_name(stream: BinaryIO) -> str | None:
    """The file name of a stream. `name` may also be a file descriptor, or a placeholder such as `<stdin>`."""
    name = getattr(stream, "name", None)
    return _as_utf8(Path(name).name) if isinstance(name, str) and not name.startswith("<") else None


def _unseekable(stream: BinaryIO, filename: str | None) -> Source:
    blocks = read_to_end(stream, filename or "the file object")
    return Source(
        filename=filename,
        media_type="application/octet-stream",
        length=None,
        total=None,
        replayable=False,
        blocks=lambda: blocks,
    )


def _octets(
    filename: str | None, length: int, blocks: Callable[[], Iterator[bytes]], identity: str | None = None
) -> Source:
    return Source(
        filename=filename,
        media_type="application/octet-stream",
        length=length,
        total=length,
        replayable=True,
        blocks=blocks,
        identity=identity,
    )


def _as_utf8(name: str) -> str:
    """A file name that fits into a URL: bytes that are not UTF-8 are replaced."""
    return os.fsencode(name).decode("utf-8", "replace")
