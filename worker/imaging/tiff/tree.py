"""The tree of a TIFF's directories: the chain, and their SubIFDs. Reading stays within bounds, whatever the bytes."""

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from worker.imaging.errors import PictureError
from worker.imaging.facts import Buffer
from worker.imaging.tiff.tags import Tag

_READ = frozenset(Tag)
_MOST_DEPTH = 8
_MOST_VALUES = 1024
"""A limit for all tags except the offsets and lengths of strips and tiles."""

_SLACK_BYTES, _MOST_BYTES, _MOST_DIRECTORIES = 1 << 16, 32 << 20, 1 << 16

_CODES = {1: "B", 2: "B", 3: "H", 4: "L", 6: "b", 7: "B", 8: "h", 9: "l", 13: "L", 16: "Q", 17: "q", 18: "Q"}
_REAL_CODES = {5: "LL", 10: "ll", 11: "f", 12: "d"}
"""struct's codes of the TIFF types for integers and for other numbers, in standard sizes."""


@dataclass(slots=True, kw_only=True, eq=False)
class Node:
    """One directory: its offset, the entries that reading needs, and its SubIFDs as children."""

    block: "Block"
    at: int
    entries: dict[int, tuple[int, int, bytes]]
    children: list["Node"] = field(default_factory=list)

    def __contains__(self, tag: int) -> bool:
        return tag in self.entries

    def numbers(self, tag: int) -> tuple[int, ...]:
        """The integers of a tag, at most 1,024. Empty if the tag is missing or invalid."""
        values = self.array(tag, _MOST_VALUES)
        return () if values is None else tuple(values.tolist())

    def number(self, tag: int, default: int = 0) -> int:
        return next(iter(self.numbers(tag)), default)

    def array(self, tag: int, most: int) -> NDArray[np.generic] | None:
        """The first `most` integers of a tag, or None if the tag is missing or invalid."""
        kind, count, inline = self.entries.get(tag, (0, 0, b""))
        if kind not in _CODES or not count:
            return None
        code = f"{self.block.order}{_CODES[kind]}"
        data = self.block.value(struct.calcsize(code) * min(count, most), struct.calcsize(code) * count, inline)
        # numpy has other codes for 32 bits than struct.
        return None if data is None else np.frombuffer(data, code.replace("L", "I").replace("l", "i"))

    def reals(self, tag: int) -> tuple[float, ...]:
        """The numbers of a tag, including rationals, at most 1,024. Invalid ones are zero."""
        kind, count, inline = self.entries.get(tag, (0, 0, b""))
        if kind not in _REAL_CODES or not count:
            return tuple(float(number) for number in self.numbers(tag))
        item = struct.Struct(f"{self.block.order}{_REAL_CODES[kind]}")
        data = self.block.value(item.size * min(count, _MOST_VALUES), item.size * count, inline)
        return () if data is None else tuple(_quotient(*terms) for terms in item.iter_unpack(data))

    def data(self, tag: int) -> bytes | None:
        """The value of a tag that consists of bytes."""
        kind, count, inline = self.entries.get(tag, (0, 0, b""))
        return self.block.value(count, count, inline) if kind in (1, 2, 7) and count else None

    @property
    def pixels(self) -> int:
        return self.number(Tag.WIDTH) * self.number(Tag.HEIGHT)

    def all(self) -> Iterator["Node"]:
        """This directory and all below it."""
        yield self
        for child in self.children:
            yield from child.all()


class Block:
    """The bytes of a TIFF and the layout of its directories: byte order, and 64-bit fields in a BigTIFF."""

    def __init__(self, source: Buffer) -> None:
        self.source = memoryview(source)
        self.order = {b"II": "<", b"MM": ">"}[bytes(self.source[:2])]
        (magic,) = struct.unpack_from(f"{self.order}H", self.source, 2)
        self._big = magic == 43
        self._pointer = struct.Struct(f"{self.order}{'Q' if self._big else 'L'}")
        self._length = struct.Struct(f"{self.order}{'Q' if self._big else 'H'}")
        self._entry = struct.Struct(f"{self.order}HH{'Q8s' if self._big else 'L4s'}")
        self._budget = min(2 * len(self.source) + _SLACK_BYTES, _MOST_BYTES)
        self._visited: set[int] = set()

    def chain(self) -> list[Node]:
        """The directories of the chain in order.

        Raises PictureError if one is not within the file, or if together they exceed what a sound file can hold.
        """
        (at,) = self._pointer.unpack_from(self.source, 8 if self._big else 4)
        return list(self._chain(at, 0))

    def value(self, size: int, whole: int, inline: bytes) -> bytes | None:
        """The first `size` of a value's `whole` bytes, or None if the value is not within the file."""
        if whole <= len(inline):
            return inline[:size]
        (at,) = self._pointer.unpack_from(inline)
        return bytes(self.source[at : at + size]) if at + whole <= len(self.source) else None

    def _chain(self, at: int, depth: int) -> Iterator[Node]:
        while at and at not in self._visited:
            self._visited.add(at)
            if len(self._visited) > _MOST_DIRECTORIES:
                raise damaged(f"It has more than {_MOST_DIRECTORIES:,} directories.")
            node, at = self._directory(at)
            for link in self._subifds(node, depth):
                node.children.extend(self._chain(link, depth + 1))
            yield node

    def _subifds(self, node: Node, depth: int) -> tuple[int, ...]:
        """Their offsets. The picture may be in one, so an invalid link is never ignored."""
        if Tag.SUBIFDS not in node:
            return ()
        links = node.numbers(Tag.SUBIFDS)
        if not links:
            raise damaged("A link to a SubIFD is invalid.")
        if depth == _MOST_DEPTH or len(links) == _MOST_VALUES:
            raise damaged("It has too many SubIFDs.")
        return links

    def _directory(self, at: int) -> tuple[Node, int]:
        """The directory at that offset, and the offset of the next one."""
        try:
            (length,) = self._length.unpack_from(self.source, at)
            start = at + self._length.size
            stop = start + length * self._entry.size
            if stop > len(self.source):
                raise damaged("A directory is cut off.")
            self._budget -= stop - at
            if self._budget < 0:
                raise damaged("Its directories overlap or are too long.")
            entries: dict[int, tuple[int, int, bytes]] = {}
            for tag, kind, count, inline in self._entry.iter_unpack(self.source[start:stop]):
                if tag in _READ:
                    entries.setdefault(tag, (kind, count, inline))
            # Some writers omit the last link.
            following = self._pointer.unpack_from(self.source, stop)[0] if stop < len(self.source) else 0
        except struct.error:
            raise damaged("A directory is beyond the end of the file.") from None
        return Node(block=self, at=at, entries=entries), following


def _quotient(over: float, under: float = 1.0) -> float:
    quotient = over / under if under else 0.0
    return quotient if math.isfinite(quotient) else 0.0


def damaged(reason: str) -> PictureError:
    return PictureError("corrupt_image", f"The file is damaged or truncated. {reason}")
