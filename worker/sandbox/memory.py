"""Shared memory that this process owns: anonymous files, gone with their last descriptor whatever a child does.

They are read and written through their descriptors and never mapped here: a child that shrinks a mapped file would
kill whoever looks at it.
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
    """One anonymous file. It is closed when it is collected, at the latest."""

    def __init__(self, name: str, contents: Iterable[Buffer] = ()) -> None:
        self.descriptor = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        self._finalizer = weakref.finalize(self, os.close, self.descriptor)
        for content in contents:
            write_all(self.descriptor, content)

    @property
    def size(self) -> int:
        return os.fstat(self.descriptor).st_size

    def read(self, length: int, offset: int = 0) -> bytes:
        """Exactly that many bytes, or EOFError."""
        return read_all(self.descriptor, length, offset)

    def seal(self) -> None:
        """From now on nobody can change the contents. OSError if somebody keeps them mapped for writing."""
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
    """Append to a file; one write call takes at most 2 GiB."""
    rest = memoryview(content).cast("B")
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def read_all(descriptor: int, length: int, offset: int = 0) -> bytes:
    """That many bytes from that offset on, or EOFError."""
    first = os.pread(descriptor, length, offset)
    if len(first) == length:
        return first
    pieces, got = [first], len(first)
    while got < length:
        piece = os.pread(descriptor, length - got, offset + got)
        if not piece:
            raise EOFError(f"{length - got} of {length} bytes are missing")
        pieces.append(piece)
        got += len(piece)
    return b"".join(pieces)
