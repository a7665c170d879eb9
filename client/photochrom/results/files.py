"""Atomic writes, and the errors that a failing file system turns into."""

from __future__ import annotations

import errno
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from photochrom.errors import TargetError, UnsafeName

NAME_ERRORS = frozenset({errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.EINVAL, errno.EILSEQ})
"""Errors that concern a single name; the others concern the whole disk."""


@contextmanager
def whole_file(target: Path) -> Iterator[BinaryIO]:
    """Write to a temporary file that replaces `target` if the block succeeds and is removed if it fails."""
    partial = target.with_name(f".photochrom-{secrets.token_hex(8)}.part")
    try:
        with partial.open("xb") as file:
            yield file
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def check_directory(directory: Path) -> None:
    """Create the directory if it does not exist. Raise `TargetError` if no file can be written into it."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with whole_file(directory / ".photochrom-probe"):
            pass
        (directory / ".photochrom-probe").unlink(missing_ok=True)
    except OSError as error:
        raise cannot_write(directory, error) from error


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Raise `UnsafeName` for an `OSError` that concerns the name, and `TargetError` for any other."""
    try:
        yield
    except OSError as error:
        if error.errno in NAME_ERRORS:
            raise UnsafeName(error.strerror or str(error)) from error
        raise cannot_write(path, error) from error


def cannot_write(path: Path, error: OSError) -> TargetError:
    return TargetError(f"Cannot write {path}: {error.strerror or error}.")
