"""Which of a source's metadata its result keeps, and in which form: the table in docs/formats.md."""

import re
import struct
from dataclasses import dataclass
from typing import Any

from PIL import Image, JpegImagePlugin

from worker.imaging import tiff_tags
from worker.imaging.facts import Buffer
from worker.imaging.png_chunks import TEXTS, chunks_of
from worker.imaging.tiff.picture import TiffPicture

EXIF_PREFIX = b"Exif\0\0"
ORIENTATION = 274

_IMAGE_DESCRIPTION = 270
# The TIFF tags that describe the picture rather than the storage of its samples. Copying a whole directory has produced
# unreadable files.
_DESCRIPTIVE = frozenset(
    {
        269,  # DocumentName
        _IMAGE_DESCRIPTION,
        271,  # Make
        272,  # Model
        285,  # PageName
        305,  # Software
        306,  # DateTime
        315,  # Artist
        316,  # HostComputer
        33432,  # Copyright
    }
)
# They map the rows and columns of the pixels to places on earth.
_GEOGRAPHIC = frozenset(
    {
        33550,  # ModelPixelScale
        33922,  # ModelTiepoint
        34264,  # ModelTransformation
        34735,  # GeoKeyDirectory
        34736,  # GeoDoubleParams
        34737,  # GeoAsciiParams
    }
)
_GDAL_METADATA, _GDAL_NO_DATA = 42112, 42113
_OF_ONE_BAND = re.compile(rb"""\s*<Item\b[^>]*\b(?:sample\s*=|name\s*=\s*["']STATISTICS_)[^>]*>.*?</Item>""", re.DOTALL)
_RESOLUTION = frozenset({282, 283, 296})
_IPTC_IIM = 33723
_XMP, _XMP_OF_PNG = 700, b"XML:com.adobe.xmp\0"
_PHOTOSHOP, _EXTENDED_XMP = b"Photoshop 3.0\0", b"http://ns.adobe.com/xmp/extension/\0"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMetadata:
    """The metadata of one source, ready for a result of any format. Fields that the source lacks are None or empty.

    `exif` is a block with its prefix. `directory` is for TIFF results. `comments`, `photoshop` and `extended_xmp` are
    the contents of a JPEG's segments, in order: newspapers keep captions and credits (IPTC-IIM) in `photoshop`, and
    `extended_xmp` is what exceeds the main packet's segment. `texts` are the names and contents of a PNG's chunks.
    """

    exif: bytes | None
    xmp: bytes | None
    icc_profile: bytes | None
    dpi: tuple[float, float] | None
    comments: tuple[bytes, ...]
    photoshop: tuple[bytes, ...]
    extended_xmp: tuple[bytes, ...]
    texts: tuple[tuple[bytes, bytes], ...]
    directory: tiff_tags.Directory

    @property
    def is_described(self) -> bool:
        """Whether there may be a description outside of the XMP: in one of the places where archives write theirs."""
        texts = (*self.comments, *self.photoshop, *self.texts)
        return bool(texts) or bool({_IMAGE_DESCRIPTION, _IPTC_IIM} & self.directory.entries.keys())


def kept_from(image: Image.Image, kind: str, source: Buffer) -> KeptMetadata:
    """The metadata of an opened source. Load a PNG first: its metadata may follow its pixels."""
    if kind == "TIFF":
        directory = _directory_of(image, source)
        xmp = directory.entries[_XMP].data if _XMP in directory.entries else None
        described = directory.only(_DESCRIPTIVE)
        exif = EXIF_PREFIX + tiff_tags.block_of(described) if described.entries or described.children else None
        geographic = _geographic(directory) if _has_stored_rows(image) else {}
        directory = directory.only(_DESCRIPTIVE | _RESOLUTION | {_IPTC_IIM})
        directory.entries |= geographic
        # The pixels have been turned upright. Without this tag, readers would take the orientation from the XMP.
        directory.entries[ORIENTATION] = tiff_tags.Entry(tiff_tags.SHORT, struct.pack("<H", 1))
    else:
        xmp = image.info.get("xmp")
        exif = _without_thumbnail(image.info.get("exif"))
        directory = tiff_tags.read((exif or b"").removeprefix(EXIF_PREFIX))
        directory = directory.only(_DESCRIPTIVE | {ORIENTATION})
    return KeptMetadata(
        exif=exif,
        xmp=xmp if isinstance(xmp, bytes) else None,
        icc_profile=_rgb_profile(image.info.get("icc_profile")),
        dpi=_dpi(image.info.get("dpi")),
        comments=_segments(image, "COM"),
        photoshop=_segments(image, "APP13", _PHOTOSHOP),
        extended_xmp=_segments(image, "APP1", _EXTENDED_XMP),
        texts=_texts(source) if kind == "PNG" else (),
        directory=directory,
    )


def _directory_of(image: Image.Image, source: Buffer) -> tiff_tags.Directory:
    """The directory of a TIFF's picture, with the descriptive tags of the first directory if that is a preview's."""
    block = source if isinstance(source, bytes | memoryview) else bytes(source)
    if not isinstance(image, TiffPicture):
        return tiff_tags.read(block)
    directory = tiff_tags.read(block, image.directory_at)
    if image.first_at == image.directory_at:
        return directory
    of_file = tiff_tags.read(block, image.first_at)
    entries = of_file.only(_DESCRIPTIVE | {_IPTC_IIM, _XMP}).entries
    return tiff_tags.Directory(entries | directory.entries, of_file.children | directory.children)


def _has_stored_rows(image: Image.Image) -> bool:
    """Whether the result has the source's rows and columns, to which GeoTIFF's coordinates refer."""
    return isinstance(image, TiffPicture) and not image.is_turned


def _geographic(directory: tiff_tags.Directory) -> dict[int, tiff_tags.Entry]:
    """GeoTIFF's tags, and those of GDAL's that are still true of the result.

    Its metadata about single bands are removed. Its code for missing pixels is kept if it is black or white, which
    have the same code in red, green and blue.
    """
    entries = directory.only(_GEOGRAPHIC).entries
    if (metadata := directory.entries.get(_GDAL_METADATA)) is not None:
        entries[_GDAL_METADATA] = metadata._replace(data=_OF_ONE_BAND.sub(b"", metadata.data))
    no_data = directory.entries.get(_GDAL_NO_DATA)
    if no_data is not None and no_data.data.strip(b" \0") in (b"0", b"255"):
        entries[_GDAL_NO_DATA] = no_data
    return entries


def _rgb_profile(profile: Any) -> bytes | None:
    """A gray or CMYK profile would be wrong for an RGB result, so it is dropped."""
    return profile if isinstance(profile, bytes) and profile[16:20] == b"RGB " else None


def _dpi(dpi: Any) -> tuple[float, float] | None:
    try:
        x, y = (float(value) for value in dpi)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return (x, y) if 1 <= x < 65536 and 1 <= y < 65536 else None


def _segments(image: Image.Image, name: str, prefix: bytes = b"") -> tuple[bytes, ...]:
    if not isinstance(image, JpegImagePlugin.JpegImageFile):
        return ()
    return tuple(data for segment, data in image.applist if segment == name and data.startswith(prefix))


def _texts(source: Buffer) -> tuple[tuple[bytes, bytes], ...]:
    texts = ((chunk.name, bytes(chunk.data)) for chunk in chunks_of(source) if chunk.name in TEXTS and chunk.is_usable)
    return tuple((name, data) for name, data in texts if not (name == b"iTXt" and data.startswith(_XMP_OF_PNG)))


def _without_thumbnail(exif: Any) -> bytes | None:
    """EXIF byte for byte, except for the link to its thumbnail, which would show the gray picture."""
    if not isinstance(exif, bytes):
        return None
    block = bytearray(exif.removeprefix(EXIF_PREFIX))
    order = {b"II": "<", b"MM": ">"}.get(bytes(block[:2]))
    if order is None:
        return None
    try:
        (directory,) = struct.unpack_from(f"{order}L", block, 4)
        (entries,) = struct.unpack_from(f"{order}H", block, directory)
        struct.pack_into(f"{order}L", block, directory + 2 + 12 * entries, 0)
    except struct.error:
        return None
    return EXIF_PREFIX + bytes(block)
