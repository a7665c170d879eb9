"""The JPEG writer: in the source's own quantization, so that its luma is rounded to where it lies already."""

import struct
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, JpegImagePlugin

from worker.imaging.metadata import Kept

DEFAULT_QUALITY = 92
CHROMA_CAP = 10
"""The coarsest step for new chroma: in steps as coarse as many sources' it would show as blocks of flat color."""

FINE_LUMA_CAP, FINE_CHROMA_CAP = 3, 4
MAX_LUMA_ERROR, MAX_SHARE_BEYOND = 2, 0.001
MAX_SHARE_BEYOND_IN_Y = 0.0007

_SEGMENT_BYTES = 65533
_XMP_BYTES = _SEGMENT_BYTES - 29

Table = list[int]


def save_jpeg(
    image: Image.Image,
    out: BinaryIO,
    *,
    luma: NDArray[np.uint8],
    source: Image.Image,
    kept: Kept,
    xmp: bytes,
    quality: int | None,
) -> None:
    """Write `image`. Without `quality`, a JPEG source's steps are reused.

    If they lose too much of luma, they are made finer. So it is with photographs in vivid color, whose luma does not
    lie on the steps of their Y; and with sources whose decoded pixels were cut off at black or white, which their
    steps cannot say again.
    """
    manner: dict[str, Any] = {"subsampling": "4:2:0", **_metadata(kept, xmp)}
    if "progressive" in source.info:
        manner["progressive"] = True
    own = _luma_table(source)
    if quality is not None or own is None:
        image.save(out, "JPEG", quality=quality or DEFAULT_QUALITY, **manner)
        return
    image.save(out, "JPEG", qtables=[own, _capped(own, CHROMA_CAP)], **manner)
    if not _keeps_luma(out, luma, in_color=source.mode != "L"):
        out.seek(0)
        out.truncate()
        image.save(out, "JPEG", qtables=[_capped(own, FINE_LUMA_CAP), _capped(own, FINE_CHROMA_CAP)], **manner)


def _luma_table(source: Image.Image) -> Table | None:
    if not isinstance(source, JpegImagePlugin.JpegImageFile):
        return None
    if source.mode == "CMYK":
        return [FINE_LUMA_CAP] * 64  # Its steps are those of ink.
    return source.quantization.get(source.layer[0][3])


def _capped(table: Table, cap: int) -> Table:
    return [min(step, cap) for step in table]


def _keeps_luma(written: BinaryIO, luma: NDArray[np.uint8], *, in_color: bool) -> bool:
    """Read it back and compare. Of the luma of a gray source, Y says enough, and is read in a third of the time: the
    colors were painted so that they take little from it.
    """
    written.seek(0)
    with Image.open(written, formats=["JPEG"]) as result:
        if not in_color:
            result.draft("L", None)
        got = np.asarray(result.convert("L"))
    difference = np.maximum(got, luma) - np.minimum(got, luma)
    share = MAX_SHARE_BEYOND if in_color else MAX_SHARE_BEYOND_IN_Y
    return bool(np.count_nonzero(difference > MAX_LUMA_ERROR) <= share * luma.size)


def _metadata(kept: Kept, xmp: bytes) -> dict[str, Any]:
    """What fits: a JPEG's segments hold 64 KB each."""
    found: dict[str, Any] = {"xmp": xmp}
    if kept.exif is not None and len(kept.exif) <= _SEGMENT_BYTES:
        found["exif"] = kept.exif
    if kept.icc_profile is not None:
        found["icc_profile"] = kept.icc_profile
    if kept.dpi is not None:
        found["dpi"] = kept.dpi
    if kept.comment is not None:
        found["comment"] = kept.comment
    if kept.photoshop is not None:
        found["extra"] = b"\xff\xed" + struct.pack(">H", 2 + len(kept.photoshop)) + kept.photoshop
    return found


def fits(xmp: bytes) -> bool:
    """Whether a packet fits into the one segment that every reader looks at."""
    return len(xmp) <= _XMP_BYTES
