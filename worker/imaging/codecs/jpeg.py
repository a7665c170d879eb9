"""JPEG, written with the source's own quantization tables, so that luma is rounded to values it already has."""

import struct
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import JpegImagePlugin

from worker.imaging.codecs.jpeg_reading import READER
from worker.imaging.codecs.painted import Painted
from worker.imaging.codecs.requantizing import share_beyond
from worker.imaging.tone import tone_of
from worker.imaging.xmp import with_provenance

LONGEST_SIDE = 65500

DEFAULT_QUALITY = 92
CHROMA_CAP = 10
"""The coarsest step for new chroma: at the steps of many sources it would show as blocks of flat color."""

_FINER = ((3, 4), (2, 4))
"""The coarsest steps for luma and chroma if the source's own lose too much, then if the first of these do as well."""

MAX_LUMA_ERROR, MAX_SHARE_BEYOND = 2, 0.001
MAX_SHARE_BEYOND_IN_Y = 0.0004
"""What quantization may lose. The rest of `MAX_SHARE_BEYOND` is for the luma lost where new colors are clipped."""

_APP1, _APP13, _COMMENT = b"\xff\xe1", b"\xff\xed", b"\xff\xfe"
_SEGMENT_BYTES = 65533
_XMP_BYTES = _SEGMENT_BYTES - 29

Table = list[int]

_COARSEST: Table = [255] * 64

__all__ = ["LONGEST_SIDE", "READER", "write"]


def write(painted: Painted, out: BinaryIO) -> None:
    """Without `quality`, a JPEG source's quantization tables are reused.

    If they would lose too much of luma, finer ones are used. Two kinds of source need them: photographs in vivid color,
    whose luma does not lie on the steps of their Y; and sources whose decoded pixels were clipped at black or white,
    which their own steps cannot reproduce.
    """
    encoding: dict[str, Any] = {"subsampling": "4:2:0", **_metadata(painted)}
    if "progressive" in painted.source.info:
        encoding["progressive"] = True
    if painted.quality is None and isinstance(painted.source, JpegImagePlugin.JpegImageFile):
        encoding["qtables"] = _tables(painted.source, painted.luma)
    else:
        encoding["quality"] = painted.quality or DEFAULT_QUALITY
    painted.image.save(out, "JPEG", **encoding)


def _tables(source: JpegImagePlugin.JpegImageFile, luma: NDArray[np.uint8]) -> list[Table]:
    """For luma and for chroma: the source's own if they keep luma, else the coarsest of the finer ones that do."""
    original = source.quantization.get(source.layer[0][3], _COARSEST)
    # The decoder may have smoothed a progressive JPEG whose last passes are missing.
    lies_on_steps = source.mode == "L" and "progressive" not in source.info and tone_of(source) is None
    # The tables of a CMYK source quantize ink, not luma. A lossless JPEG has none.
    if source.mode != "CMYK" and original is not _COARSEST and _keeps(luma, original, lies_on_steps=lies_on_steps):
        return [original, _capped(original, CHROMA_CAP)]
    for luma_cap, chroma_cap in _FINER:
        finer = [_capped(original, luma_cap), _capped(original, chroma_cap)]
        if _keeps(luma, finer[0], lies_on_steps=False):
            break
    return finer


def _keeps(luma: NDArray[np.uint8], table: Table, *, lies_on_steps: bool) -> bool:
    share = share_beyond(luma, table, MAX_LUMA_ERROR, lies_on_steps=lies_on_steps)
    return share <= MAX_SHARE_BEYOND_IN_Y


def _capped(table: Table, cap: int) -> Table:
    return [min(step, cap) for step in table]


def _metadata(painted: Painted) -> dict[str, Any]:
    """As far as it fits: a JPEG segment holds 64 KB."""
    kept = painted.kept
    extension = kept.extended_xmp if len(_with_extension(painted)) <= _XMP_BYTES else ()
    packet = _with_extension(painted) if extension else painted.xmp
    # A packet too long for the main XMP segment, the only one that every reader supports, is replaced by a new one.
    if len(packet) > _XMP_BYTES:
        packet = with_provenance(None, painted.provenance, is_described=True)
    fields: dict[str, Any] = {"xmp": packet}
    if kept.exif is not None and len(kept.exif) <= _SEGMENT_BYTES:
        fields["exif"] = kept.exif
    if kept.icc_profile is not None:
        fields["icc_profile"] = kept.icc_profile
    if kept.dpi is not None:
        fields["dpi"] = kept.dpi
    if kept.comments:
        fields["comment"] = kept.comments[-1]
    segments = [(_APP13, data) for data in kept.photoshop]
    segments += [(_APP1, data) for data in extension]
    segments += [(_COMMENT, data) for data in kept.comments[:-1]]
    fields["extra"] = b"".join(marker + struct.pack(">H", 2 + len(data)) + data for marker, data in segments)
    return fields


def _with_extension(painted: Painted) -> bytes:
    """The main packet as it is in a JPEG that keeps the extension to which the packet refers."""
    return with_provenance(painted.kept.xmp, painted.provenance, keeps_extension=True)
