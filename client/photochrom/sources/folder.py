"""A folder as a plain tar, streamed: nothing on disk, one block in memory, the same bytes each time."""

from __future__ import annotations

import hashlib
import os
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from photochrom.blocks import cannot_read, read_file
from photochrom.errors import SourceError


@dataclass(frozen=True, slots=True)
class Member:
    """A regular file below the folder, with its header in the tar."""

    path: Path
    header: bytes
    size: int

    @property
    def padding(self) -> int:
        return -self.size % tarfile.BLOCKSIZE

    @property
    def length(self) -> int:
        return len(self.header) + self.size + self.padding


def members(folder: Path) -> Iterator[Member]:
    """The regular files below `folder`, depth first, sorted within each directory. Symbolic links are not followed.

    Raise `SourceError` for anything unreadable: an incomplete archive would be taken for the whole folder.
    """
    for name, path in _walk(folder):
        try:
            status = path.stat()
        except OSError as error:
            raise cannot_read(path, error) from error
        if not os.access(path, os.R_OK):
            raise SourceError(f"Cannot read {path}: Permission denied.")
        yield Member(path, _header(name, status), status.st_size)


def tar_length(folder: Path) -> int:
    """The number of bytes that `stream_tar` would yield now. Raise `SourceError` if the folder has no files."""
    length = sum(member.length for member in members(folder))
    if not length:
        raise SourceError(f"The folder {folder} contains no files. Symbolic links are not followed.")
    return length + _end(length)


def tar_identity(folder: Path) -> str:
    """The same as long as no file below the folder is added, removed or changed."""
    digest = hashlib.sha256(os.fsencode(folder.resolve()))
    for member in members(folder):
        digest.update(member.header)
        digest.update(str(member.path.stat().st_mtime_ns).encode())
    return digest.hexdigest()


def stream_tar(folder: Path) -> Iterator[bytes]:
    """The tar, in blocks. Raise `SourceError` if a file cannot be read or became shorter since its header was sent."""
    written = 0
    for member in members(folder):
        yield member.header
        yield from read_file(member.path, member.size)
        yield bytes(member.padding)
        written += member.length
    yield bytes(_end(written))


def _walk(folder: Path, prefix: str = "") -> Iterator[tuple[str, Path]]:
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError as error:
        raise cannot_read(folder, error) from error
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path), f"{prefix}{entry.name}/")
        elif entry.is_file(follow_symlinks=False):
            yield f"{prefix}{entry.name}", Path(entry.path)


def _header(name: str, status: os.stat_result) -> bytes:
    """No owner and whole seconds, so that headers reveal nothing of this machine and a retry sends the same bytes."""
    info = tarfile.TarInfo(name)
    info.size = status.st_size
    info.mtime = int(status.st_mtime)
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def _end(length: int) -> int:
    """The number of zeros after the last member: two blocks, then padding to a whole record."""
    return 2 * tarfile.BLOCKSIZE + -(length + 2 * tarfile.BLOCKSIZE) % tarfile.RECORDSIZE
