"""One writer per format: how each encodes a colorized picture and carries what is kept of its source."""

import struct
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from worker.imaging import jpeg, tiff
from worker.imaging.errors import PictureError
from worker.imaging.facts import Buffer, Provenance, SourceFormat
from worker.imaging.metadata import Kept
from worker.imaging.xmp import marked

LONGEST_SIDE: dict[SourceFormat, int] = {"JPEG": 65500, "WEBP": 16383}
DEFAULT_WEBP_QUALITY = 90

_PREDICTOR, _XMP, _ICC_PROFILE = 317, 700, 34675
_X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT = 282, 283, 296
_BYTE, _RATIONAL = 1, 5


def encode(
    image: Image.Image,
    kind: SourceFormat,
    out: BinaryIO,
    *,
    luma: NDArray[np.uint8],
    source: Image.Image,
    source_bytes: Buffer,
    kept: Kept,
    provenance: Provenance,
    quality: int | None,
) -> None:
    """Write `image` (RGB or RGBA; RGBX for JPEG) as `kind`, in the manner of `source` if that is of the kind too."""
    if max(image.size) > LONGEST_SIDE.get(kind, 1 << 31):
        raise PictureError("image_too_large", f"A {kind} can be at most {LONGEST_SIDE[kind]} pixels long.")
    xmp = marked(kept.xmp, provenance)
    match kind:
        case "JPEG":
            if not jpeg.fits(xmp):
                xmp = marked(None, provenance)
            jpeg.save_jpeg(image, out, luma=luma, source=source, kept=kept, xmp=xmp, quality=quality)
        case "PNG":
            image.save(out, "PNG", **_metadata(kept), pnginfo=_texts(kept, xmp))
        case "WEBP":
            image.save(out, "WEBP", **_metadata(kept), xmp=xmp, **_webp_manner(source, source_bytes, quality))
        case "TIFF":
            _save_tiff(image, source, out, kept, xmp)
        case "BMP":
            # It can carry nothing else.
            image.save(out, "BMP", **({"dpi": kept.dpi} if kept.dpi else {}))


def _metadata(kept: Kept) -> dict[str, Any]:
    found = {"exif": kept.exif, "icc_profile": kept.icc_profile, "dpi": kept.dpi}
    return {name: value for name, value in found.items() if value is not None}


def _texts(kept: Kept, xmp: bytes) -> PngImagePlugin.PngInfo:
    chunks = PngImagePlugin.PngInfo()
    for key, text in kept.texts:
        chunks.add_text(key, text)
    chunks.add_itxt("XML:com.adobe.xmp", xmp.decode("utf-8"))
    return chunks


def _webp_manner(source: Image.Image, source_bytes: Buffer, quality: int | None) -> dict[str, Any]:
    # Exact: without it the colors under transparent pixels, and so their luma, are lost.
    if quality is None and not (source.format == "WEBP" and _is_lossy_webp(source_bytes)):
        # Without loss, method 0 is hardly larger than the thorough ones and many times sooner done.
        return {"lossless": True, "exact": True, "quality": 20, "method": 0}
    return {"quality": quality or DEFAULT_WEBP_QUALITY, "exact": True}


def _is_lossy_webp(source: Buffer) -> bool:
    at = 12
    while at + 8 <= len(source):
        name, size = bytes(source[at : at + 4]), int.from_bytes(source[at + 4 : at + 8], "little")
        if name in (b"VP8 ", b"VP8L"):
            return name == b"VP8 "
        at += 8 + size + size % 2
    return False


def _save_tiff(image: Image.Image, source: Image.Image, out: BinaryIO, kept: Kept, xmp: bytes) -> None:
    """Pixels by Pillow, then tags by us: its compressing writer takes neither EXIF nor texts beyond ASCII."""
    own = source.info.get("compression") if source.format == "TIFF" else None
    if own in ("raw", "packbits"):
        image.save(out, "TIFF", compression=own)
    else:
        # What cannot hold color, or not without loss, becomes Deflate.
        compression = own if own == "tiff_lzw" else "tiff_adobe_deflate"
        image.save(out, "TIFF", compression=compression, tiffinfo={_PREDICTOR: 2})
    tiff.extend(out, _directory(kept, xmp))


def _directory(kept: Kept, xmp: bytes) -> tiff.Directory:
    entries = dict(kept.directory.entries)
    entries[_XMP] = tiff.Entry(_BYTE, xmp)
    if kept.icc_profile is not None:
        entries[_ICC_PROFILE] = tiff.Entry(tiff.UNDEFINED, kept.icc_profile)
    if kept.dpi is not None and _X_RESOLUTION not in entries:
        for tag, dots in zip((_X_RESOLUTION, _Y_RESOLUTION), kept.dpi, strict=True):
            entries[tag] = tiff.Entry(_RATIONAL, struct.pack("<LL", round(dots * 10000), 10000))
        entries[_RESOLUTION_UNIT] = tiff.Entry(tiff.SHORT, struct.pack("<H", 2))
    return tiff.Directory(entries, kept.directory.children)
