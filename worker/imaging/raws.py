"""Camera raws: known by their first bytes where those are no TIFF's, refused by name."""

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
    """Whether a file that begins like that is a raw. Those that begin like a TIFF are known by their directories."""
    return _SIGNATURES.match(head) is not None


def raw_refused() -> PictureError:
    return PictureError(
        "unsupported_format",
        "The file is a camera or scanner raw, of which only the preview could be colorized. Develop it and submit a "
        "TIFF or JPEG.",
    )
