"""The JPEG writer: in the source's own quantization, so that its luma is rounded to where it lies already."""

import struct
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, JpegImagePlugin

from worker.imaging.metadata import Kept
from worker.imaging.requantizing import share_beyond

DEFAULT_QUALITY = 92
CHROMA_CAP = 10
"""The coarsest step for new chroma: in steps as coarse as many sources' it would show as blocks of flat color."""

_FINER = ((3, 4), (2, 4))
"""The coarsest steps for luma and chroma where the source's own lose too much, and where these do so, too."""

MAX_LUMA_ERROR, MAX_SHARE_BEYOND = 2, 0.001
MAX_SHARE_BEYOND_IN_Y = 0.0004
"""What steps may lose. The rest of `MAX_SHARE_BEYOND` is for what new colors take from luma where they are cut off."""

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
    """Write `image`, whose luma is `luma`. Without `quality`, a JPEG source's steps are reused.

    If they would lose too much of luma, they are made finer. So it is with photographs in vivid color, whose luma does
    not lie on the steps of their Y; and with sources whose decoded pixels were cut off at black or white, which their
    steps cannot say again.
    """
    manner: dict[str, Any] = {"subsampling": "4:2:0", **_metadata(kept, xmp)}
    if "progressive" in source.info:
        manner["progressive"] = True
    if quality is None and isinstance(source, JpegImagePlugin.JpegImageFile):
        manner["qtables"] = _tables(source, luma)
    else:
        manner["quality"] = quality or DEFAULT_QUALITY
    image.save(out, "JPEG", **manner)


def _tables(source: JpegImagePlugin.JpegImageFile, luma: NDArray[np.uint8]) -> list[Table]:
    """For luma and for chroma: the source's own, if luma outlives them, else the coarsest of the finer ones."""
    own = source.quantization[source.layer[0][3]]
    # Of a progressive one the decoder may have smoothed what later passes lack.
    lies_on_steps = source.mode == "L" and "progressive" not in source.info
    # The steps of CMYK are those of ink.
    if source.mode != "CMYK" and _keeps(luma, own, lies_on_steps=lies_on_steps):
        return [own, _capped(own, CHROMA_CAP)]
    for luma_cap, chroma_cap in _FINER:
        finer = [_capped(own, luma_cap), _capped(own, chroma_cap)]
        if _keeps(luma, finer[0], lies_on_steps=False):
            break
    return finer


def _keeps(luma: NDArray[np.uint8], table: Table, *, lies_on_steps: bool) -> bool:
    share = share_beyond(luma, table, MAX_LUMA_ERROR, lies_on_steps=lies_on_steps)
    return share <= MAX_SHARE_BEYOND_IN_Y


def _capped(table: Table, cap: int) -> Table:
    return [min(step, cap) for step in table]


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
