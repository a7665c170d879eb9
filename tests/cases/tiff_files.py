"""TIFFs by hand, with directories in any order and anything in them: libraries write only sound ones."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tests.cases.pictures import GRAY
from tests.worker.imaging.pictures import packed

BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED, DOUBLE = 1, 2, 3, 4, 5, 7, 12
_CODES = {BYTE: "B", ASCII: "s", SHORT: "H", LONG: "L", RATIONAL: "L", DOUBLE: "d"}
SUBIFDS, STRIP_OFFSETS, STRIP_BYTES, TILE_OFFSETS, TILE_BYTES = 330, 273, 279, 324, 325

JPEG_OF_PREVIEW = packed(GRAY.resize((40, 30)), "JPEG")

Value = tuple[int, Sequence[float] | bytes]


@dataclass(frozen=True, kw_only=True)
class Page:
    """One directory: the strips or tiles it links to, its tags, and the directories that hang off it (SubIFDs).

    `links` are tags whose value is the place of some bytes, as those of an EXIF thumbnail.
    """

    tags: Mapping[int, Value] = field(default_factory=dict)
    strips: Sequence[bytes] = ()
    children: Sequence["Page"] = ()
    links: Mapping[int, bytes] = field(default_factory=dict)
    is_tiled: bool = False


def page(pixels: NDArray[np.generic], *, children: Sequence[Page] = (), **other: object) -> Page:
    """An uncompressed picture in one strip. `t262=(SHORT, [0])` replaces tag 262, `t262=None` removes it."""
    height, width = pixels.shape[:2]
    samples = pixels.shape[2] if pixels.ndim == 3 else 1
    tags: dict[int, Value] = {
        256: (LONG, [width]),
        257: (LONG, [height]),
        258: (SHORT, [pixels.dtype.itemsize * 8] * samples),
        259: (SHORT, [1]),
        262: (SHORT, [2 if samples >= 3 else 1]),
        277: (SHORT, [samples]),
        278: (LONG, [height]),
    }
    return Page(tags=changed(tags, other), strips=[np.ascontiguousarray(pixels).tobytes()], children=children)


def changed(tags: Mapping[int, Value], other: Mapping[str, object]) -> dict[int, Value]:
    merged = {**tags, **{int(name[1:]): value for name, value in other.items()}}
    return {tag: value for tag, value in merged.items() if value is not None}  # type: ignore[misc]


def tiff(*pages: Page, lead: bytes = b"") -> bytes:
    """A little-endian file of those pages, in that order; `lead` follows the header."""
    out = bytearray(b"II*\0" + bytes(4) + lead)
    link_at = 4
    for each in pages:
        at, link_at_next = _append(out, each)
        struct.pack_into("<L", out, link_at, at)
        link_at = link_at_next
    return bytes(out)


def _append(out: bytearray, each: Page) -> tuple[int, int]:
    """Where the directory begins, and where the link to the next one is."""
    tags = dict(each.tags)
    if each.strips:
        offsets, lengths = (TILE_OFFSETS, TILE_BYTES) if each.is_tiled else (STRIP_OFFSETS, STRIP_BYTES)
        tags[offsets] = (LONG, [_stored(out, strip) for strip in each.strips])
        tags[lengths] = (LONG, [len(strip) for strip in each.strips])
    if each.children:
        tags[SUBIFDS] = (LONG, [_append(out, child)[0] for child in each.children])
    tags |= {tag: (LONG, [_stored(out, data)]) for tag, data in each.links.items()}
    entries = [_entry(out, tag, *value) for tag, value in sorted(tags.items())]
    at = _stored(out, struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4))
    return at, at + 2 + 12 * len(entries)


def _entry(out: bytearray, tag: int, kind: int, values: Sequence[float] | bytes) -> bytes:
    data = values if isinstance(values, bytes) else struct.pack(f"<{len(values)}{_CODES[kind]}", *values)
    count = len(values) // (2 if kind == RATIONAL else 1)
    if len(data) > 4:
        data = struct.pack("<L", _stored(out, data))
    return struct.pack("<HHL4s", tag, kind, count, data)


def _stored(out: bytearray, data: bytes) -> int:
    out += bytes(len(out) % 2)
    at = len(out)
    out += data
    return at
