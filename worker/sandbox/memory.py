"""Shared memory: anonymous files, freed when their last descriptor is closed, whatever a child does.

This process reads and writes them through their descriptors and never maps them: if a child shrank a mapped file, the
next access to the lost pages would kill this process.
"""

import fcntl
import os
import weakref
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from worker.imaging.facts import Buffer

_SIZE_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW
_SEALS = _SIZE_SEALS | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL


class Memory:
    """One anonymous file. Closed at the latest when the object is garbage collected."""

    def __init__(self, name: str, contents: Iterable[Buffer] = ()) -> None:
        self.descriptor = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        self._finalizer = weakref.finalize(self, os.close, self.descriptor)
        for content in contents:
            write_all(self.descriptor, content)

    @property
    def size(self) -> int:
        return os.fstat(self.descriptor).st_size

    def read(self, length: int, offset: int = 0) -> bytes:
        """Exactly that many bytes. Raises EOFError if there are fewer."""
        return read_all(self.descriptor, length, offset)

    def seal(self) -> None:
        """Make the contents immutable. Raises OSError if a process still has them mapped for writing."""
        fcntl.fcntl(self.descriptor, fcntl.F_ADD_SEALS, _SEALS)

    def close(self) -> None:
        self._finalizer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def write_all(descriptor: int, content: Buffer) -> None:
    """Append to a file, in several calls if necessary: one call writes at most 2 GiB."""
    rest = memoryview(content).cast("B")
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def read_all(descriptor: int, length: int, offset: int = 0) -> bytes:
    """Exactly that many bytes from that offset on. Raises EOFError if there are fewer."""
    first = os.pread(descriptor, length, offset)
    if len(first) == length:
        return first
    pieces, done = [first], len(first)
    while done < length:
        piece = os.pread(descriptor, length - done, offset + done)
        if not piece:
            raise EOFError(f"{length - done} of {length} bytes are missing")
        pieces.append(piece)
        done += len(piece)
    return b"".join(pieces)
