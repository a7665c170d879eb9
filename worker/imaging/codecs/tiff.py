"""TIFF: pixels by Pillow, tags by `tiff_tags`, since Pillow's compressing writer takes neither EXIF nor Unicode."""

import struct
from typing import BinaryIO

from PIL import Image, TiffImagePlugin

from worker.imaging import tiff_tags
from worker.imaging.codecs.painted import Painted
from worker.imaging.codecs.reader import EIGHT_BITS, Reader
from worker.imaging.errors import PictureError

_PREDICTOR, _XMP, _ICC_PROFILE = 317, 700, 34675
_X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT = 282, 283, 296
_BYTE, _RATIONAL = 1, 5

_BITS_PER_SAMPLE = 258
_SUBFILE_TYPE = 254
_MAX_PAGES_READ = 64


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
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return EIGHT_BITS
    return int(max(image.tag_v2.get(_BITS_PER_SAMPLE, (1,))))


def _refuse_pages(image: Image.Image) -> None:
    if isinstance(image, TiffImagePlugin.TiffImageFile) and _is_multipage(image):
        raise PictureError("multipage_image", "The TIFF has several pages: split it into one file per page.")


def _is_multipage(image: TiffImagePlugin.TiffImageFile) -> bool:
    """Whether any further page is more than a reduced copy of the first. Many scanners add one as a thumbnail.

    `n_frames` would read the directories of all pages, and a file of one megabyte can have ten thousand.
    """
    try:
        return not all(_is_reduced_copy(image, page) for page in range(1, _MAX_PAGES_READ))
    except EOFError:
        return False
    finally:
        image.seek(0)


def _is_reduced_copy(image: TiffImagePlugin.TiffImageFile, page: int) -> bool:
    image.seek(page)
    return bool(int(image.tag_v2.get(_SUBFILE_TYPE, 0)) & 1)


READER = Reader(bits_per_sample=_bits_per_sample, refuse_several=_refuse_pages, has_orientation=False)
