"""gzip, bzip2, xz and zstd behind one interface, which bounds the output of each call. Nothing is read here."""

import bz2
import lzma
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from shared.archives.errors import ArchiveCorrupt, ArchiveError, ArchiveUnsupported

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# What liblzma needs in addition to the dictionary.
_LZMA_SPARE_BYTES = 1024**2
_DAMAGE = (zlib.error, OSError, EOFError, lzma.LZMAError, zstd.ZstdError)
_TOO_LARGE = ("Memory usage limit exceeded", "too much memory")


class Member(Protocol):
    """One gzip member, xz stream or zstd frame; what the standard library's decompressors have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _GzipMember:
    """zlib returns input that it has not consumed, so it is held here."""

    def __init__(self) -> None:
        self._inflater = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        self._held = b""
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._inflater.eof

    @property
    def unused_data(self) -> bytes:
        return self._inflater.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        content = self._inflater.decompress(self._held + data, max_length)
        self._held = self._inflater.unconsumed_tail
        # zlib may have consumed all input and still hold output.
        self.needs_input = not self._held and len(content) < max_length
        return content


def _xz(window_bytes: int) -> Member:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=window_bytes + _LZMA_SPARE_BYTES)


def _zstd(window_bytes: int) -> Member:
    return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: window_bytes.bit_length() - 1})


@dataclass(frozen=True, slots=True)
class _Format:
    """`magics` are the bytes with which a member may begin; `open` takes the largest window in bytes."""

    name: str
    magics: tuple[bytes, ...]
    open: Callable[[int], Member]


_SKIPPABLE_FRAMES = tuple(bytes([first, 0x2A, 0x4D, 0x18]) for first in range(0x50, 0x60))
_FORMATS = {
    "application/gzip": _Format("gzip", (b"\x1f\x8b",), lambda _: _GzipMember()),
    "application/x-bzip2": _Format("bzip2", (b"BZh",), lambda _: bz2.BZ2Decompressor()),
    "application/x-xz": _Format("xz", (b"\xfd7zXZ\0",), _xz),
    "application/zstd": _Format("zstd", (b"\x28\xb5\x2f\xfd", *_SKIPPABLE_FRAMES), _zstd),
}


class Decompressor:
    """Decompresses consecutive members of one format into one stream, as the command-line tools do.

    Zeros between and after members are padding. At the first other byte that does not begin a member, `trailing`
    becomes true and nothing more comes out; `trailing_bytes` counts what was passed in from there on. `inside` is true
    while the input must not end.
    """

    def __init__(self, media_type: str, window_bytes: int) -> None:
        self._format = _FORMATS[media_type]
        self._window_bytes = window_bytes
        self._member: Member | None = None
        self._waiting = b""
        self.name = self._format.name
        self.needs_input = True
        self.trailing = False
        self.trailing_bytes = 0

    @property
    def inside(self) -> bool:
        return self._member is not None

    def decompress(self, data: bytes, most: int) -> bytes:
        """At most `most` bytes; none only if more input is needed. Raises `ArchiveCorrupt`, `ArchiveUnsupported`.

        `data` is the next input; pass none while `needs_input` is false.
        """
        self._waiting += data
        while member := self._member or self._next_member():
            content = self._advance(member, most)
            if content or self._member:
                self.needs_input = not self._waiting and (self._member is None or self._member.needs_input)
                return content
        self.needs_input = True
        return b""

    def _advance(self, member: Member, most: int) -> bytes:
        try:
            content = member.decompress(self._waiting, most)
        except _DAMAGE as error:
            raise self._error(error) from None
        self._waiting = member.unused_data if member.eof else b""
        self._member = None if member.eof else member
        return content

    def _next_member(self) -> Member | None:
        """None if no member begins here, or if more input is needed to tell."""
        if self.trailing:
            self.trailing_bytes += len(self._waiting)
            self._waiting = b""
            return None
        rest, self._waiting = self._waiting.lstrip(b"\0"), b""
        if rest.startswith(self._format.magics):
            self._waiting, self._member = rest, self._format.open(self._window_bytes)
        elif any(magic.startswith(rest) for magic in self._format.magics):
            self._waiting = rest
        else:
            self.trailing, self.trailing_bytes = True, len(rest)
        return self._member

    def _error(self, error: Exception) -> ArchiveError:
        if any(words in str(error) for words in _TOO_LARGE):
            return ArchiveUnsupported(
                f"Decompressing it needs more than {self._window_bytes >> 20} MiB of memory; "
                f"compress it with a smaller {'window' if self.name == 'zstd' else 'dictionary'}."
            )
        return ArchiveCorrupt(f"The {self.name} data is damaged: {error}.")
