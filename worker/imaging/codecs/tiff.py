"""TIFF: read by `worker.imaging.tiff`; written by Pillow, whose compressing writer takes neither EXIF nor Unicode.

Hence the tags are added by `tiff_tags`.
"""

import struct
from typing import BinaryIO

from PIL import Image

from worker.imaging import tiff_tags
from worker.imaging.codecs.painted import Painted
from worker.imaging.codecs.reader import EIGHT_BITS, Reader
from worker.imaging.tiff.picture import TiffPicture

_PREDICTOR, _XMP, _ICC_PROFILE = 317, 700, 34675
_X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT = 282, 283, 296
_BYTE, _RATIONAL = 1, 5


def write(painted: Painted, out: BinaryIO) -> None:
    """In the source's compression if that is lossless and supports color, else in Deflate."""
    compression = painted.source.info.get("compression") if painted.source.format == "TIFF" else None
    if compression in ("raw", "packbits"):
        painted.image.save(out, "TIFF", compression=compression)
    else:
        compression = compression if compression == "tiff_lzw" else "tiff_adobe_deflate"
        painted.image.save(out, "TIFF", compression=compression, tiffinfo={_PREDICTOR: 2})
    tiff_tags.extend(out, _directory(painted))


def _directory(painted: Painted) -> tiff_tags.Directory:
    kept = painted.kept
    entries = dict(kept.directory.entries)
    entries[_XMP] = tiff_tags.Entry(_BYTE, painted.xmp)
    if kept.icc_profile is not None:
        entries[_ICC_PROFILE] = tiff_tags.Entry(tiff_tags.UNDEFINED, kept.icc_profile)
    if kept.dpi is not None and _X_RESOLUTION not in entries:
        for tag, dots in zip((_X_RESOLUTION, _Y_RESOLUTION), kept.dpi, strict=True):
            entries[tag] = tiff_tags.Entry(_RATIONAL, struct.pack("<LL", round(dots * 10000), 10000))
        entries[_RESOLUTION_UNIT] = tiff_tags.Entry(tiff_tags.SHORT, struct.pack("<H", 2))
    return tiff_tags.Directory(entries, kept.directory.children)


def _bits_per_sample(image: Image.Image, _: object) -> int:
    return image.layout.bits if isinstance(image, TiffPicture) else EIGHT_BITS


def _refuse_pages(image: Image.Image) -> None:
    if isinstance(image, TiffPicture):
        image.refuse_pages()


READER = Reader(open=TiffPicture, bits_per_sample=_bits_per_sample, refuse_several=_refuse_pages, has_orientation=False)
