"""How the bucket's objects get onto the disk: whole or not at all, also when the power fails. No HTTP here."""

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
    """An ETag that tells versions apart without reading them."""
    found = path.stat()
    return f"{found.st_ino:x}-{found.st_size:x}-{found.st_mtime_ns:x}"


def write_whole(target: Path, write: Callable[[BinaryIO], str], *, aside: Path, exclusive: bool = False) -> str:
    """Write into the folder `aside`, sync, then put in place; the version. Raises FileExistsError if `exclusive`."""
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
    # Where the folder is gone, so is the object: somebody has deleted it since.
    with suppress(FileNotFoundError):
        _sync_folder(target.parent)
    return version


def _place(written: Path, target: Path, exclusive: bool) -> None:
    place = os.link if exclusive else os.replace
    for _ in range(_PLACE_ATTEMPTS):
        # A delete may at any moment remove the folder, which it has left empty, and `mkdir` itself stumbles over that.
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
    """Append (path, start, length) of each to `file`; an empty string, for there is no digest."""
    for path, start, length in ranges:
        with path.open("rb") as source:
            source.seek(start)
            while length:
                block = source.read(min(length, _BLOCK_BYTES))
                if not block:
                    raise OSError(f"{path.name} shrank while it was copied")
                file.write(block)
                length -= len(block)
    return ""


def write_bytes(file: BinaryIO, content: bytes) -> str:
    file.write(content)
    return ""


def remove_abandoned(uploads: Path) -> None:
    """Uploads of which nothing was heard for a week; whoever began them is gone."""
    for upload in uploads.iterdir() if uploads.is_dir() else ():
        if time.time() - upload.stat().st_mtime > ABANDONED_SECONDS:
            shutil.rmtree(upload, ignore_errors=True)
