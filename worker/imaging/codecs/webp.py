"""WebP: lossless unless the source is a lossy WebP or a quality is given."""

from typing import Any, BinaryIO

from worker.imaging.codecs.painted import Painted
from worker.imaging.codecs.reader import Reader, refuse_animation
from worker.imaging.facts import Buffer

LONGEST_SIDE = 16383
DEFAULT_QUALITY = 90
_SIDE = 0x3FFF
# VP8_ENC_ERROR_OUT_OF_MEMORY and VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY, as Pillow words them.
_OUT_OF_MEMORY = {"encoding error 1", "encoding error 2"}


def _size(source: Buffer) -> tuple[int, int]:
    """By the first chunk (RFC 9649): Pillow allocates the pixels twice before it tells the size."""
    kind, content = bytes(source[12:16]), source[20:30]
    if kind == b"VP8X":
        width, height = (int.from_bytes(content[at : at + 3], "little") + 1 for at in (4, 7))
    elif kind == b"VP8L":
        bits = int.from_bytes(content[1:5], "little")
        width, height = (bits & _SIDE) + 1, (bits >> 14 & _SIDE) + 1
    else:
        width, height = (int.from_bytes(content[at : at + 2], "little") & _SIDE for at in (6, 8))
    return width, height


READER = Reader(size=_size, refuse_several=refuse_animation)


def write(painted: Painted, out: BinaryIO) -> None:
    try:
        painted.image.save(out, "WEBP", **painted.metadata, xmp=painted.xmp, **_encoding(painted))
    except ValueError as error:
        if str(error) in _OUT_OF_MEMORY:
            raise MemoryError from error
        raise


def _encoding(painted: Painted) -> dict[str, Any]:
    # Without `exact`, the colors of transparent pixels are lost, and their luma with them.
    if painted.quality is None and not (painted.source.format == "WEBP" and _is_lossy(painted.source_bytes)):
        # Lossless method 0 is many times faster than the thorough methods, and its files are hardly larger.
        return {"lossless": True, "exact": True, "quality": 20, "method": 0}
    return {"quality": painted.quality or DEFAULT_QUALITY, "exact": True}


def _is_lossy(source: Buffer) -> bool:
    at = 12
    while at + 8 <= len(source):
        name, size = bytes(source[at : at + 4]), int.from_bytes(source[at + 4 : at + 8], "little")
        if name in (b"VP8 ", b"VP8L"):
            return name == b"VP8 "
        at += 8 + size + size % 2
    return False
