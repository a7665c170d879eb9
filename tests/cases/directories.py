"""E: second directories of a TIFF. Only a further page makes it multi-page."""

from collections.abc import Callable

import numpy as np
from PIL import Image

from tests.cases.case import Case
from tests.cases.pictures import EXACT, GRAY, LUMA, check_of
from tests.cases.tiff_files import JPEG_OF_PREVIEW, LONG, SHORT, Page, page, tiff
from tests.worker.imaging.pictures import scan

REDUCED, OLD_REDUCED = {"t254": (LONG, [1])}, {"t255": (SHORT, [2])}
SMALL = np.asarray(GRAY.resize((40, 30), Image.Resampling.BOX))
LARGE = np.asarray(scan(960, 540))
SMALL_RGB = np.asarray(scan(960, 540).resize((160, 96)).convert("RGB"))
PICTURE = page(LUMA)
MASK = Page(
    tags={
        254: (LONG, [4]),
        256: (LONG, [160]),
        257: (LONG, [120]),
        259: (SHORT, [1]),
        262: (SHORT, [4]),
        277: (SHORT, [1]),
        278: (LONG, [120]),
    },
    strips=[b"\xff" * 20 * 120],
)
EXIF_THUMBNAIL = Page(
    tags={259: (SHORT, [6]), 274: (SHORT, [1]), 514: (LONG, [len(JPEG_OF_PREVIEW)])}, links={513: JPEG_OF_PREVIEW}
)


def _overviews(*pages: Page) -> list[Page]:
    """Halved again and again, as in a cloud-optimized GeoTIFF."""
    sizes = ((80, 60), (40, 30), (20, 15))
    return [page(np.asarray(GRAY.resize(size)), t254=(LONG, [1])) for size in sizes]


def _row(
    name: str, situation: str, pages: Callable[[], list[Page]], right: str = EXACT, luma: np.ndarray = LUMA
) -> Case:
    return Case(letter="E", name=name, situation=situation, right=right, check=check_of(lambda: tiff(*pages()), luma))


CASES = [
    _row("one_directory.tif", "The control: a TIFF of one directory, without anything special.", lambda: [PICTURE]),
    _row(
        "camera_exif_thumb.tif", "An EXIF thumbnail, which has no size and no flag.", lambda: [PICTURE, EXIF_THUMBNAIL]
    ),
    _row(
        "exif_thumbnail_of_pixels.tif",
        "An EXIF thumbnail of pixels, with black bars, in front of which a larger picture stands.",
        lambda: [page(LARGE), page(np.pad(SMALL_RGB, ((12, 12), (0, 0), (0, 0))))],
        right=EXACT.replace("160 × 120", "960 × 540"),
        luma=LARGE,
    ),
    _row("with_mask.tif", "A transparency mask of 1 bit, as GDAL writes.", lambda: [PICTURE, MASK]),
    _row("mask_first.tif", "The mask comes first.", lambda: [MASK, PICTURE]),
    _row(
        "thumb_16bit_reduced.tif",
        "A reduced copy of half floats, which nothing can decode.",
        lambda: [PICTURE, page(SMALL.astype("<f2"), t339=(SHORT, [3]), **REDUCED)],
    ),
    _row(
        "thumb_first.tif",
        "The reduced copy comes first.",
        lambda: [page(SMALL, **REDUCED), page(LUMA, t254=(LONG, [0]))],
    ),
    _row(
        "old_subfile_type.tif", "Flagged by the older SubfileType alone.", lambda: [PICTURE, page(SMALL, **OLD_REDUCED)]
    ),
    _row("old_thumb_first.tif", "The same, the copy first.", lambda: [page(SMALL, **OLD_REDUCED), PICTURE]),
    _row("cog.tif", "Overviews of a cloud-optimized GeoTIFF.", lambda: [PICTURE, *_overviews()]),
    _row(
        "cog_with_masks.tif",
        "Overviews, each with a mask.",
        lambda: [PICTURE, MASK, *(each for overview in _overviews() for each in (overview, MASK))],
    ),
    _row("pyramid.tif", "Overviews in SubIFDs, without a flag.", lambda: [page(LUMA, children=[page(SMALL)])]),
    _row(
        "undecodable_reduced.tif",
        "A reduced copy of an unknown compression.",
        lambda: [PICTURE, page(SMALL, t259=(SHORT, [34887]), **REDUCED)],
    ),
    _row("unflagged_copy.tif", "A smaller copy without any flag.", lambda: [PICTURE, page(SMALL)]),
    _row("unflagged_preview.tif", "The same, the copy first.", lambda: [page(SMALL), PICTURE]),
    _row("two_pages.tif", "The counter-check: two pages.", lambda: [PICTURE, page(255 - LUMA)], "multipage_image"),
    _row(
        "small_page.tif",
        "A second page, of the same shape but smaller.",
        lambda: [PICTURE, page(255 - SMALL)],
        "multipage_image",
    ),
]
