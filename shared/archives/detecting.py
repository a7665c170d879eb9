"""Detecting the encoding of names from all of them together. The raw bytes are decoded before anything looks at them:
the second byte of a Japanese or Chinese character may be that of a backslash.
"""

import codecs
import re

from shared.archives.encodings import CANDIDATES
from shared.archives.entries import NAME_BYTES
from shared.archives.plausibility import bits_of

SAMPLE_BYTES = 16 * 1024
# What bytes cost that nobody can read, and how improbable that is before any name was read.
_BITS_PER_BYTE = 8.0
_UNREADABLE_BITS = 2.0
_BITS_PER_ASCII = 4.5
# This many of the names may be in another encoding than the rest.
_STRAYS = 0.05

_NUMBERS = re.compile(rb"[0-9]+")


class Sample:
    """Distinct parts of names, without numbers: `scan1` to `scan9999` tell no more than one of them. Bounded."""

    def __init__(self) -> None:
        self._parts: dict[bytes, None] = {}
        self._bytes = 0

    def add(self, raw: bytes) -> None:
        for part in raw.split(b"/"):
            if self._bytes < SAMPLE_BYTES and not part.isascii():
                part = _NUMBERS.sub(b"", part)
                self._bytes += len(part) * (part not in self._parts)
                self._parts[part] = None

    def detect(self, fallback: str) -> str | None:
        """The most plausible encoding, None if there is none or if it is not plausible enough."""
        parts = list(self._parts)
        unreadable = sum(byte > 127 for part in parts for byte in part)
        best, least = None, _UNREADABLE_BITS + _BITS_PER_BYTE * unreadable
        for candidate in CANDIDATES[fallback]:
            names = _decoded(parts, candidate.encoding)
            if names is not None:
                bits = candidate.bits + bits_of(filter(None, names), candidate.languages) + _other_bits(parts, names)
                if bits < least:
                    best, least = candidate.encoding, bits
        return best


def decode_whole(raw: bytes, encoding: str) -> str | None:
    """None if it is not in this encoding. A long name may have been cut within a character, which is dropped."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(raw, final=len(raw) < NAME_BYTES // 2)
    except UnicodeDecodeError:
        return None


def _decoded(parts: list[bytes], encoding: str) -> list[str | None] | None:
    """None if too many of the parts are not in this encoding."""
    names: list[str | None] = []
    strays = 0
    for part in parts:
        name = decode_whole(part, encoding)
        names.append(name)
        strays += name is None
        if strays > _STRAYS * len(parts):
            return None
    return names


def _other_bits(parts: list[bytes], names: list[str | None]) -> float:
    """What strays cost; less what letters of ASCII would, where a character has taken them in as its second byte."""
    bits = 0.0
    for part, name in zip(parts, names, strict=True):
        if name is None:
            bits += _BITS_PER_BYTE * sum(byte > 127 for byte in part)
        else:
            bits -= _BITS_PER_ASCII * (sum(byte < 128 for byte in part) - sum(letter < "\x80" for letter in name))
    return bits
