"""BMP: pixels and a resolution; the format has no room for other metadata."""

import struct
from typing import BinaryIO

from PIL import Image

from worker.imaging.codecs.painted import Painted
from worker.imaging.codecs.reader import Reader
from worker.imaging.errors import PictureError
from worker.imaging.facts import Buffer

_PIXELS_AT = struct.Struct("<10xL")
_COMPRESSION = struct.Struct("<30xL")
_RUN_LENGTHS = {1, 2}
_CODE_BYTES, _MOST_PIXELS_PER_CODE = 2, 255


def write(painted: Painted, out: BinaryIO) -> None:
    dpi = painted.kept.dpi
    painted.image.save(out, "BMP", **({"dpi": dpi} if dpi else {}))


def check_header(image: Image.Image, source: Buffer) -> None:
    """Raise PictureError if run lengths cannot cover the picture: Pillow would fill the rest with zeros."""
    if len(source) >= _COMPRESSION.size and _COMPRESSION.unpack_from(source)[0] in _RUN_LENGTHS:
        (pixels_at,) = _PIXELS_AT.unpack_from(source)
        codes = max(0, len(source) - pixels_at) // _CODE_BYTES
        if image.width * image.height > codes * _MOST_PIXELS_PER_CODE:
            raise PictureError("corrupt_image", "The BMP is truncated: it is too small to contain all of its pixels.")


READER = Reader(check_header=check_header, has_orientation=False)
