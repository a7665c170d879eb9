"""Recognizes and refuses camera raws."""

import re

from worker.imaging.errors import PictureError

_SIGNATURES = re.compile(
    rb"IIR[OS]|MMOR"  # Olympus ORF
    rb"|IIU\0"  # Panasonic RW2, Leica RWL
    rb"|FUJIFILMCCD-RAW"  # RAF
    rb"|....ftypcrx "  # Canon CR3
    rb"|II\x1a\0\0\0HEAPCCDR"  # Canon CRW
    rb"|FOVb"  # Sigma X3F
    rb"|\0MR[MI]",  # Minolta MRW
    re.DOTALL,
)


def is_raw(head: bytes) -> bool:
    """Whether these are the first bytes of a raw. Raws that begin like a TIFF are recognized by their directories."""
    return _SIGNATURES.match(head) is not None


def raw_refused() -> PictureError:
    return PictureError(
        "unsupported_format",
        "The file is a camera or scanner raw, which is not supported. Develop it and submit a TIFF or JPEG.",
    )
