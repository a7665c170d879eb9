"""Files that appear whole or not at all, and what the file system's errors mean to a download."""

from __future__ import annotations

import errno
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from photochrom.errors import TargetError, UnsafeName

NAME_ERRORS = frozenset({errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.EINVAL, errno.EILSEQ})
"""What the file system says when it is one name that it will not take, not the disk that is in trouble."""


@contextmanager
def whole_file(target: Path) -> Iterator[BinaryIO]:
    """A file that takes its place at `target` when the block ends well, and leaves nothing behind when it does not."""
    partial = target.with_name(f".photochrom-{secrets.token_hex(8)}.part")
    try:
        with partial.open("xb") as file:
            yield file
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn what the file system says into `UnsafeName`, where it is the name, or else into `TargetError`."""
    try:
        yield
    except OSError as error:
        if error.errno in NAME_ERRORS:
            raise UnsafeName(error.strerror or str(error)) from error
        raise cannot_write(path, error) from error


def cannot_write(path: Path, error: OSError) -> TargetError:
    return TargetError(f"Cannot write {path}: {error.strerror or error}.")
