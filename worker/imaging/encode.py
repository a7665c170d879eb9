"""One writer per format: how each encodes a colorized picture and carries what is kept of its source."""

import struct
from typing import Any, BinaryIO

from PIL import Image, JpegImagePlugin, PngImagePlugin

from worker.imaging import tiff
from worker.imaging.errors import PictureError
from worker.imaging.facts import Buffer, SourceFormat
from worker.imaging.metadata import Kept

DEFAULT_JPEG_QUALITY = 92
DEFAULT_WEBP_QUALITY = 90
SEGMENT_BYTES = 65533
LONGEST_SIDE: dict[SourceFormat, int] = {"JPEG": 65500, "WEBP": 16383}

_XMP_HEADER_BYTES = 29
_XMP_TAG, _ICC_TAG, _X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT = 700, 34675, 282, 283, 296
_TIFF_COMPRESSIONS = {
    "raw": "raw",
    "packbits": "packbits",
    "tiff_lzw": "tiff_lzw",
}
_PREDICTED = ("tiff_lzw", "tiff_adobe_deflate")

# The standard's chroma table (ITU-T T.81, K.2) at quality 85, row by row.
_CHROMA_TABLE = (
    *(5, 5, 7, 14, 30, 30, 30, 30),
    *(5, 6, 8, 20, 30, 30, 30, 30),
    *(7, 8, 17, 30, 30, 30, 30, 30),
    *(14, 20, 30, 30, 30, 30, 30, 30),
    *(30,) * 32,
)


def encode(
    image: Image.Image,
    kind: SourceFormat,
    out: BinaryIO,
    *,
    source: Image.Image,
    source_bytes: Buffer,
    kept: Kept,
    xmp: bytes,
    quality: int | None,
) -> None:
    """Write `image` (RGB, RGBA, or RGBX for JPEG) as `kind`, in the manner of `source` where that is of the kind."""
    if max(image.size) > LONGEST_SIDE.get(kind, 1 << 31):
        raise PictureError("image_too_large", f"A {kind} can be at most {LONGEST_SIDE[kind]} pixels long.")
    match kind:
        case "JPEG":
            image.save(out, "JPEG", **_jpeg_manner(source, quality), **_jpeg_metadata(kept, xmp))
        case "PNG":
            image.save(out, "PNG", **_common(kept), pnginfo=_png_texts(kept, xmp))
        case "WEBP":
            image.save(out, "WEBP", **_webp_manner(source, source_bytes, quality), **_common(kept), xmp=xmp)
        case "TIFF":
            _save_tiff(image, source, out, kept, xmp)
        case "BMP":
            # A BMP can carry no more than this: docs/formats.md says what that costs.
            image.convert("RGB").save(out, "BMP", **({"dpi": kept.dpi} if kept.dpi else {}))


def _common(kept: Kept) -> dict[str, Any]:
    found = {"exif": kept.exif, "icc_profile": kept.icc_profile, "dpi": kept.dpi}
    return {name: value for name, value in found.items() if value is not None}


def _jpeg_manner(source: Image.Image, quality: int | None) -> dict[str, Any]:
    """The source's own quantization, so that its luma is rounded to where it lies already."""
    if not isinstance(source, JpegImagePlugin.JpegImageFile):
        return {"quality": quality or DEFAULT_JPEG_QUALITY, "subsampling": "4:2:0"}
    manner: dict[str, Any] = {"subsampling": "4:2:0", "progressive": "progressive" in source.info}
    luma = source.quantization.get(source.layer[0][3])
    if quality is not None or luma is None or source.mode == "CMYK":
        return manner | {"quality": quality or DEFAULT_JPEG_QUALITY}
    # New chroma under a table as coarse as that of an old thumbnail would show as blocks of flat color.
    chroma = [min(own, limit) for own, limit in zip(luma, _CHROMA_TABLE, strict=True)]
    return manner | {"qtables": [luma, chroma]}


def _jpeg_metadata(kept: Kept, xmp: bytes) -> dict[str, Any]:
    found = _common(kept)
    if len(found.get("exif", b"")) > SEGMENT_BYTES:
        del found["exif"]
    if kept.comment is not None:
        found["comment"] = kept.comment
    if kept.photoshop is not None:
        found["extra"] = b"\xff\xed" + struct.pack(">H", 2 + len(kept.photoshop)) + kept.photoshop
    return found | {"xmp": xmp}


def _png_texts(kept: Kept, xmp: bytes) -> PngImagePlugin.PngInfo:
    chunks = PngImagePlugin.PngInfo()
    for key, text in kept.texts:
        chunks.add_text(key, text)
    chunks.add_itxt("XML:com.adobe.xmp", xmp.decode("utf-8"))
    return chunks


def _webp_manner(source: Image.Image, source_bytes: Buffer, quality: int | None) -> dict[str, Any]:
    if quality is None and not (source.format == "WEBP" and is_lossy_webp(source_bytes)):
        # Exact: without it the colors under transparent pixels, and so their luma, are lost.
        return {"lossless": True, "exact": True, "quality": 50, "method": 2}
    return {"quality": quality or DEFAULT_WEBP_QUALITY, "method": 4, "exact": True}


def is_lossy_webp(source: Buffer) -> bool:
    """Whether the first picture in the file is of VP8's lossy kind."""
    at = 12
    while at + 8 <= len(source):
        name, size = bytes(source[at : at + 4]), int.from_bytes(source[at + 4 : at + 8], "little")
        if name in (b"VP8 ", b"VP8L"):
            return name == b"VP8 "
        at += 8 + size + size % 2
    return False


def _save_tiff(image: Image.Image, source: Image.Image, out: BinaryIO, kept: Kept, xmp: bytes) -> None:
    """Pixels by Pillow, then tags by us: its compressing writer takes neither EXIF nor texts beyond ASCII."""
    stored_as = source.info.get("compression", "tiff_adobe_deflate") if source.format == "TIFF" else ""
    compression = _TIFF_COMPRESSIONS.get(stored_as, "tiff_adobe_deflate")
    manner: dict[str, Any] = {"compression": compression}
    if compression in _PREDICTED:
        manner["tiffinfo"] = {317: 2}
    image.save(out, "TIFF", **manner)
    tiff.extend(out, _tiff_directory(kept, xmp))


def _tiff_directory(kept: Kept, xmp: bytes) -> tiff.Directory:
    entries = dict(kept.directory.entries)
    entries[_XMP_TAG] = tiff.Entry(1, xmp)
    if kept.icc_profile is not None:
        entries[_ICC_TAG] = tiff.Entry(tiff.UNDEFINED, kept.icc_profile)
    if kept.dpi is not None and _X_RESOLUTION not in entries:
        for tag, dots in zip((_X_RESOLUTION, _Y_RESOLUTION), kept.dpi, strict=True):
            entries[tag] = tiff.Entry(5, struct.pack("<LL", round(dots * 10000), 10000))
        entries[_RESOLUTION_UNIT] = tiff.Entry(tiff.SHORT, struct.pack("<H", 2))
    return tiff.Directory(entries, kept.directory.children)
