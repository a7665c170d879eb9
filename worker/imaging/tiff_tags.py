"""TIFF directories as raw entries: read, filtered, written, and appended to a file. An EXIF block has the same form.

Values are not interpreted: texts keep their encoding, rationals their terms. A directory can be added to a compressed
TIFF, for which Pillow's writer supports no EXIF. Reading stays within bounds, whatever the bytes contain.
"""

import io
import mmap
import struct
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple, TypeAlias

import numpy as np

EXIF_IFD, GPS_IFD = 0x8769, 0x8825
ASCII, SHORT, LONG, UNDEFINED = 2, 3, 4, 7

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
_WORDS = {**_SIZES, 5: 4, 10: 4}
_MAX_BYTES = 16 << 20
_MOST_SHARING = 2
"""How often each byte may be read on average. In sound files, only a few short entries share bytes."""


Block: TypeAlias = bytes | memoryview | mmap.mmap


class Entry(NamedTuple):
    """A tag's value: its TIFF type and its bytes, little-endian."""

    type: int
    data: bytes


@dataclass
class Directory:
    """One directory, with the EXIF and GPS directories that it points to."""

    entries: dict[int, Entry] = field(default_factory=dict)
    children: dict[int, "Directory"] = field(default_factory=dict)

    def only(self, tags: frozenset[int]) -> "Directory":
        """The entries with those tags, and the children."""
        return Directory({tag: entry for tag, entry in self.entries.items() if tag in tags}, self.children)


def read(block: Block, at: int | None = None) -> Directory:
    """The directory of a TIFF at that byte, or else its first; an EXIF block without its prefix is such a TIFF.

    Invalid entries are left out. So are entries that exceed the budget: those that share bytes could otherwise take far
    more memory than the block.
    """
    try:
        order = {b"II": "<", b"MM": ">"}[bytes(block[:2])]
        (magic,) = struct.unpack_from(f"{order}H", block, 2)
        layout = _Layout(order, big=magic == 43, budget=_MOST_SHARING * len(block))
        if at is None:
            (at,) = struct.unpack_from(layout.pointer, block, 8 if layout.big else 4)
        return _read_directory(block, at, layout, with_children=True)
    except (KeyError, struct.error):
        return Directory()


def write(directory: Directory, at: int) -> bytes:
    """The directory as stored in a little-endian TIFF at byte `at` (an even number)."""
    entries = dict(directory.entries)
    children = {tag: child for tag, child in directory.children.items() if child.entries}
    entries |= {tag: Entry(LONG, bytes(4)) for tag in children}
    head = bytearray(struct.pack("<H", len(entries)))
    body = bytearray()
    body_at = at + 2 + 12 * len(entries) + 4
    for tag, (kind, data) in sorted(entries.items()):
        if tag in children:
            data = struct.pack("<L", body_at + len(body))
            body += write(children[tag], body_at + len(body))
        count = len(data) // _SIZES[kind]
        if len(data) <= 4:
            head += struct.pack("<HHL4s", tag, kind, count, data)
        else:
            head += struct.pack("<HHLL", tag, kind, count, body_at + len(body))
            body += data
        body += bytes(len(body) % 2)
    return bytes(head + bytes(4) + body)


def block_of(directory: Directory) -> bytes:
    """A little-endian TIFF header and the directory: an EXIF block without its prefix."""
    return b"II*\0" + struct.pack("<L", 8) + write(directory, 8)


def extend(file: BinaryIO, more: Directory) -> None:
    """Add entries to the first directory of the little-endian TIFF in `file`, in place.

    A new directory is appended and the header is pointed at it. The old one remains as unused bytes.
    """
    directory = _read_written(file)
    directory.entries |= more.entries
    directory.children |= more.children
    end = file.seek(0, 2)
    file.write(bytes(end % 2) + write(directory, end + end % 2))
    file.seek(4)
    file.write(struct.pack("<L", end + end % 2))


def _read_written(file: BinaryIO) -> Directory:
    file.flush()
    try:
        block = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except io.UnsupportedOperation:
        file.seek(0)
        return read(file.getbuffer() if isinstance(file, io.BytesIO) else file.read())
    with block:
        return read(block)


class _Layout:
    """The layout of a TIFF's directories: byte order, 64-bit fields in a BigTIFF. `budget` bytes may be read yet."""

    def __init__(self, order: str, *, big: bool, budget: int) -> None:
        self.order, self.big, self.budget = order, big, budget
        self.pointer = f"{order}{'Q' if big else 'L'}"
        self.length = f"{order}{'Q' if big else 'H'}"
        self.entry = f"{order}HH{'Q8s' if big else 'L4s'}"


def _read_directory(block: Block, at: int, layout: _Layout, *, with_children: bool) -> Directory:
    (length,) = struct.unpack_from(layout.length, block, at)
    at += struct.calcsize(layout.length)
    directory = Directory()
    for _ in range(min(length, 4096)):
        tag, kind, count, inline = struct.unpack_from(layout.entry, block, at)
        at += struct.calcsize(layout.entry)
        if tag in (EXIF_IFD, GPS_IFD):
            if with_children:
                (child_at,) = struct.unpack_from(layout.pointer, inline)
                directory.children[tag] = _read_child(block, child_at, layout)
        elif (entry := _read_entry(block, layout, kind, count, inline)) is not None:
            directory.entries[tag] = entry
    return directory


def _read_child(block: Block, at: int, layout: _Layout) -> Directory:
    try:
        return _read_directory(block, at, layout, with_children=False)
    except struct.error:
        return Directory()


def _read_entry(block: Block, layout: _Layout, kind: int, count: int, inline: bytes) -> Entry | None:
    size = _SIZES.get(kind, 0) * count
    if not 0 < size <= min(_MAX_BYTES, layout.budget):
        return None
    layout.budget -= size
    if size <= len(inline):
        data = inline[:size]
    else:
        (at,) = struct.unpack_from(layout.pointer, inline)
        data = bytes(block[at : at + size])
    if len(data) < size:
        return None
    if layout.order == ">":
        data = np.frombuffer(data, f">u{_WORDS[kind]}").byteswap().tobytes()
    return Entry(kind, data)
