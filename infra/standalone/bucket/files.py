"""Atomic, durable writes of the bucket's objects, also across power failures. No HTTP here."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

ABANDONED_SECONDS = 7 * 24 * 3600.0

_PLACE_ATTEMPTS = 5
_BLOCK_BYTES = 1024 * 1024


def file_version(path: Path) -> str:
    """An ETag that identifies a version without reading its content."""
    status = path.stat()
    return f"{status.st_ino:x}-{status.st_size:x}-{status.st_mtime_ns:x}"


def write_whole(target: Path, write: Callable[[BinaryIO], str], *, aside: Path, exclusive: bool = False) -> str:
    """Write into the folder `aside`, sync, move to `target`, and return the version.

    Raise FileExistsError if `exclusive` and the target exists.
    """
    descriptor, name = tempfile.mkstemp(dir=aside)
    written = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            write(file)
            file.flush()
            os.fsync(descriptor)
        version = file_version(written)
        _place(written, target, exclusive)
    finally:
        written.unlink(missing_ok=True)
    # If the folder is gone, the object has been deleted since.
    with suppress(FileNotFoundError):
        _sync_folder(target.parent)
    return version


def _place(written: Path, target: Path, exclusive: bool) -> None:
    place = os.link if exclusive else os.replace
    for _ in range(_PLACE_ATTEMPTS):
        # A concurrent delete may remove the empty folder at any time, even while `mkdir` is creating its parents.
        with suppress(FileNotFoundError, FileExistsError):
            target.parent.mkdir(parents=True)
        with suppress(FileNotFoundError):
            return place(written, target)
    return place(written, target)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def copy_ranges(file: BinaryIO, ranges: list[tuple[Path, int, int]]) -> str:
    """Append each (path, start, length) to `file`. Return an empty string in place of a digest."""
    for path, start, length in ranges:
        with path.open("rb") as source:
            source.seek(start)
            while length:
                block = source.read(min(length, _BLOCK_BYTES))
                if not block:
                    raise OSError(f"{path.name} became shorter while it was copied")
                file.write(block)
                length -= len(block)
    return ""


def write_bytes(file: BinaryIO, content: bytes) -> str:
    file.write(content)
    return ""


def remove_abandoned(uploads: Path) -> None:
    """Remove uploads that have not changed for a week."""
    for upload in uploads.iterdir() if uploads.is_dir() else ():
        if time.time() - upload.stat().st_mtime > ABANDONED_SECONDS:
            shutil.rmtree(upload, ignore_errors=True)
