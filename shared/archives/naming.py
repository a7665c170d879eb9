"""Gives entries their names where the archive does not say how these are encoded."""

import base64
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from anyio import to_thread

from shared.archives.detecting import Sample, decode_whole
from shared.archives.encodings import LIKE_UTF8, MULTIBYTE
from shared.archives.entries import NAME_BYTES, Entry, Skip
from shared.archives.names import cap_name
from shared.archives.skipping import skip_by_name

# So many entries are held in memory, at most, until the encoding of their names is known.
MOST_HELD = 4096

# What may be the second half of a character; and where reading it as a separator would hide the entry.
_AFTER_LETTER = re.compile(rb"(?<=[\x80-\xff])\\")
_BEFORE_EXTENSION = re.compile(rb"(?<=[\x80-\xff])\\(?=\.)")


def is_certain(raw: bytes, *, is_flagged: bool = False) -> bool:
    """Whether a name is UTF-8 and nothing else. One of two-byte characters might be Chinese or Korean, too, unless it
    `is_flagged` as UTF-8.
    """
    name = _as_utf8(raw[:NAME_BYTES])
    return name is not None and (is_flagged or not any("\x80" <= letter <= "\u07ff" for letter in name))


def encoded_name(raw: bytes) -> str:
    """What an item keeps of a name that is not simply UTF-8: its first bytes, as base64."""
    return base64.b64encode(raw[:NAME_BYTES]).decode()


async def with_names(
    entries: AsyncGenerator[Entry, None], fallback: str, encoding: str | None = None
) -> AsyncGenerator[Entry, None]:
    """The same entries, each with a name. `encoding` is used for all that are not UTF-8; None: it is detected.

    Detection reads the names of up to 4,096 entries together, and of as many again until it is sure. So the same
    archive always gives the same names.
    """
    decoder = _Decoder(fallback, encoding)
    held: list[Entry] = []
    async with aclosing(entries):
        async for entry in entries:
            if not held and (entry.undecided is None or decoder.encoding):
                yield decoder.named(entry)
                continue
            held.append(entry)
            decoder.add(entry)
            if len(held) == MOST_HELD:
                await decoder.decide()
                for each in held:
                    yield decoder.named(each)
                held = []
    await decoder.decide()
    for each in held:
        yield decoder.named(each)


@dataclass(slots=True)
class _Decoder:
    fallback: str
    encoding: str | None
    detected: bool = False
    unicode_names: int = 0
    other_names: int = 0
    sample: Sample = field(default_factory=Sample)

    def add(self, entry: Entry) -> None:
        if entry.undecided is None:
            return
        if _as_utf8(entry.undecided) is not None:
            self.unicode_names += 1
        else:
            self.other_names += 1
            self.sample.add(entry.undecided)

    async def decide(self) -> None:
        if self.encoding is None and self.other_names:
            self.encoding = await to_thread.run_sync(self.sample.detect, self.fallback)
            self.detected = True

    def named(self, entry: Entry) -> Entry:
        if entry.undecided is None:
            return entry
        name = self._decode(entry.undecided)
        skip = entry.skip or _skip(name, entry.size)
        return replace(
            entry,
            name=name,
            name_bytes=None if name.encode() == entry.undecided else entry.undecided,
            undecided=None,
            skip=skip,
            error=None if skip else entry.error,
        )

    def _decode(self, raw: bytes) -> str:
        as_utf8 = _as_utf8(raw)
        if as_utf8 is not None and not self._is_chance():
            return as_utf8
        if self.encoding not in MULTIBYTE:
            raw = _BEFORE_EXTENSION.sub(b"_", raw)
        name = decode_whole(raw, self.encoding) if self.encoding else None
        if name is None and as_utf8 is not None:
            return as_utf8
        if name is None:
            # Nobody knows where such a name has its separators: at least no half of a character becomes one.
            name = _AFTER_LETTER.sub(b"_", raw).decode(self.fallback)
        return cap_name(name)

    def _is_chance(self) -> bool:
        """Whether a name that is valid UTF-8 is so by chance, as some short ones in Chinese or Korean are."""
        if self.encoding not in LIKE_UTF8:
            return False
        return not self.detected or self.other_names >= self.unicode_names


def _skip(name: str, size: int) -> Skip | None:
    """Zips written on Windows may end the name of a folder with a backslash."""
    return "directory" if name.endswith("\\") and not size else skip_by_name(name, size)


def _as_utf8(raw: bytes) -> str | None:
    return decode_whole(raw, "utf-8")
