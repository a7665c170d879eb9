"""A: a preview instead of the photograph. Camera and scanner raws are TIFFs whose first directory is a small copy."""

from collections.abc import Callable

import numpy as np

from tests.cases.case import Case
from tests.cases.pictures import EXACT, GRAY, LUMA, check_of, colorized
from tests.cases.tiff_files import ASCII, BYTE, JPEG_OF_PREVIEW, LONG, SHORT, Page, page, tiff
from worker.imaging import PictureError, decode

PREVIEW = np.asarray(GRAY.resize((40, 30)).convert("RGB"))
DEEP = LUMA.astype("<u2") * 257

COLOR_FILTER, LINEAR_RAW = 32803, 34892
DNG_VERSION = {"t50706": (BYTE, [1, 4, 0, 0])}
REFUSED_AS_RAW = "unsupported_format, which names raw"
OLD_JPEG_LINK = Page(tags={254: (LONG, [1]), 259: (SHORT, [6]), 271: (ASCII, b"SONY")}, links={513: JPEG_OF_PREVIEW})


def raw_of(source: bytes) -> str:
    """As `colorized`, with whether the refusal says what the file is."""
    try:
        decode(source)
    except PictureError as error:
        return f"{error.code}, which names raw" if "raw" in error.detail else error.code
    return colorized(source)


def photograph(photometric: int, **other: object) -> Page:
    """16 bits, as a sensor gives them."""
    return page(DEEP, t262=(SHORT, [photometric]), **other)


def negative_scan() -> bytes:
    """As scanner programs write DNG."""
    child = photograph(LINEAR_RAW, t254=(LONG, [0]))
    return tiff(page(PREVIEW, t254=(LONG, [1]), children=[child], **DNG_VERSION))


def camera_dng() -> bytes:
    return tiff(page(PREVIEW, t254=(LONG, [1]), children=[photograph(COLOR_FILTER)], **DNG_VERSION))


def eight_bit_dng() -> bytes:
    """Lossy DNG: a JPEG of linear data."""
    child = page(LUMA, t262=(SHORT, [LINEAR_RAW]))
    return tiff(page(PREVIEW, t254=(LONG, [1]), children=[child], **DNG_VERSION))


def coolscan() -> bytes:
    make = (ASCII, b"Nikon\0")
    return tiff(page(PREVIEW, t254=(LONG, [0]), t271=make, children=[photograph(COLOR_FILTER, t254=(LONG, [0]))]))


def nikon_compressed() -> bytes:
    return tiff(page(PREVIEW, t254=(LONG, [1]), children=[photograph(1, t259=(SHORT, [34713]))]))


def sony() -> bytes:
    """The first directory has no picture, only a link to one."""
    return tiff(Page(tags=OLD_JPEG_LINK.tags, links=OLD_JPEG_LINK.links, children=[photograph(COLOR_FILTER)]))


def canon() -> bytes:
    """The mark of CR2 follows the header; the raw picture is the last directory."""
    preview = page(PREVIEW, t259=(SHORT, [6]), t271=(ASCII, b"Canon\0"))
    return tiff(preview, photograph(COLOR_FILTER), lead=b"CR\2\0\0\0\0\0")


def canon_without_photometric() -> bytes:
    """As cameras really write it: only the slices say that it is a raw."""
    raw = page(DEEP, t259=(SHORT, [6]), t262=None, t50752=(SHORT, [1, 80, 80]))
    return tiff(page(PREVIEW, t259=(SHORT, [6])), raw)


def pentax() -> bytes:
    """Preview and raw in one chain, the raw first."""
    return tiff(photograph(COLOR_FILTER, t259=(SHORT, [65535])), page(PREVIEW))


def deep_photograph_in_subifd() -> bytes:
    """No raw, but a scanner's 16 bits behind a preview of 8."""
    return tiff(page(PREVIEW, t254=(LONG, [0]), children=[page(np.dstack([DEEP] * 3))]))


def photograph_in_subifd() -> bytes:
    """Nothing to refuse: 8 bits."""
    return tiff(page(PREVIEW, t254=(LONG, [0]), children=[page(LUMA, t254=(LONG, [0]))]))


def photograph_in_subifd_flagged_wrongly() -> bytes:
    """Preview and photograph have changed their flags."""
    return tiff(page(PREVIEW, t254=(LONG, [0]), children=[page(LUMA, t254=(LONG, [1]))]))


def phase_one() -> bytes:
    """The raw is not in a directory at all."""
    return tiff(page(PREVIEW), lead=b"IIII\0waR")


def turned_by_the_preview() -> bytes:
    """Only the first directory says how the picture is turned."""
    turned = page(np.rot90(LUMA))
    return tiff(page(np.rot90(PREVIEW), t254=(LONG, [1]), t274=(SHORT, [6]), children=[turned]))


def two_photographs_in_subifds() -> bytes:
    return tiff(page(PREVIEW, t254=(LONG, [1]), children=[page(LUMA), page(255 - LUMA)]))


def _row(name: str, generate: Callable[[], bytes], situation: str, right: str = REFUSED_AS_RAW) -> Case:
    check = (lambda: raw_of(generate())) if right == REFUSED_AS_RAW else check_of(generate)
    return Case(letter="A", name=name, situation=situation, right=right, check=check)


def _headed(head: bytes) -> Callable[[], bytes]:
    return lambda: head + bytes(1000)


CASES = [
    _row(
        "negative_scan.dng", negative_scan, "A scanner's DNG: a preview of 40 × 30, 160 × 120 of 16 bits in a SubIFD."
    ),
    _row("camera.dng", camera_dng, "A camera's DNG, with a color filter array."),
    _row("lossy.dng", eight_bit_dng, "A DNG of 8 bits: not the depth makes it a raw."),
    _row("coolscan.NEF", coolscan, "A film scanner's NEF, whose preview is not flagged as reduced."),
    _row("compressed.NEF", nikon_compressed, "A NEF that only its compression gives away."),
    _row("DSC00042.ARW", sony, "The first directory has only a link to a JPEG preview."),
    _row("IMG_0042.CR2", canon, "An old-style JPEG preview in the first directory, raw data in the next."),
    _row("slices.CR2", canon_without_photometric, "The same without the mark in the header."),
    _row("IMGP0042.PEF", pentax, "The raw comes first, the preview second."),
    _row("P0042.IIQ", phase_one, "Phase One: the only directory is that of the preview."),
    _row("P0042.ORF", _headed(b"IIRO\x08\0\0\0"), "Olympus: a TIFF but for its magic number."),
    _row("P0042.RW2", _headed(b"IIU\0\x18\0\0\0"), "Panasonic: a TIFF but for its magic number."),
    _row("DSCF0042.RAF", _headed(b"FUJIFILMCCD-RAW 0201"), "Fujifilm: no TIFF at all."),
    _row("IMG_0042.CR3", _headed(b"\0\0\0\x18ftypcrx \0\0\0\1"), "Canon of today: no TIFF at all."),
    _row(
        "deep_subifd.tif",
        deep_photograph_in_subifd,
        "No raw: RGB of 16 bits hangs off a preview.",
        "unsupported_bit_depth",
    ),
    _row("subifd.tif", photograph_in_subifd, "No raw: a picture of 8 bits hangs off a preview of 40 × 30.", EXACT),
    _row("turned_subifd.tif", turned_by_the_preview, "The orientation is stored with the preview only.", EXACT),
    _row("subifd_flag.tif", photograph_in_subifd_flagged_wrongly, "The same, flagged as a reduced copy.", EXACT),
    _row(
        "two_subifds.tif",
        two_photographs_in_subifds,
        "Two pictures hang off a preview: neither may be lost.",
        "multipage_image",
    ),
]
