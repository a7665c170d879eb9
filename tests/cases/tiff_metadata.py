"""G, of TIFF: what the directories say of the picture, and whether it is still true of the result."""

from collections.abc import Callable

import numpy as np

from tests.cases.case import Case
from tests.cases.pictures import LUMA
from tests.cases.tiff_files import ASCII, DOUBLE, LONG, RATIONAL, SHORT, Page, page, tiff
from tests.worker.imaging.pictures import composed, gentle_chroma
from worker.imaging import tiff_tags

GEO = {
    33550: (DOUBLE, [1.0, 1.0, 0.0]),
    33922: (DOUBLE, [0.0, 0.0, 0.0, 440720.0, 3751320.0, 0.0]),
    34264: (DOUBLE, [float(n) for n in range(16)]),
    34735: (SHORT, [1, 1, 0, 1, 1024, 0, 1, 1]),
    34736: (DOUBLE, [6378137.0]),
    34737: (ASCII, b"WGS 84|\0"),
}
STATEMENTS = b"<GDALMetadata>\n<Item name='PLACE'>Harbor</Item>\n"
BAND = b"<Item name='STATISTICS_MEAN' sample='0'>12</Item>\n"
SMALL = LUMA[::4, ::4]


def geographic(**other: object) -> Page:
    return page(LUMA, **{f"t{tag}": value for tag, value in GEO.items()}, **other)


def kept(source: bytes, tags: set[int]) -> str:
    """Which of the tags the result has, unchanged."""
    before = {number: tiff_tags.read(source, at).entries for number, at in enumerate(_places(source))}
    after = tiff_tags.read(composed(source, gentle_chroma())).entries
    same = sorted(tag for tag in tags if tag in after and any(after[tag] == each.get(tag) for each in before.values()))
    return f"kept: {' '.join(map(str, same)) or 'nothing'}"


def _places(source: bytes) -> list[int]:
    at, places = int.from_bytes(source[4:8], "little"), []
    while at:
        places.append(at)
        after = at + 2 + 12 * int.from_bytes(source[at : at + 2], "little")
        at = int.from_bytes(source[after : after + 4], "little")
    return places


def _metadata_of(statements: bytes) -> str:
    result = composed(tiff(geographic(t42112=(ASCII, statements))), gentle_chroma())
    return " ".join(tiff_tags.read(result).entries[42112].data.decode().strip("\0").split())


def _row(name: str, situation: str, source: Callable[[], bytes], tags: set[int], right: str) -> Case:
    return Case(letter="G", name=name, situation=situation, right=right, check=lambda: kept(source(), tags))


ALL_GEO = "kept: 33550 33922 34264 34735 34736 34737"
CASES = [
    _row("aerial_geo.tif", "A GeoTIFF.", lambda: tiff(geographic()), set(GEO), ALL_GEO),
    _row(
        "turned_geo.tif",
        "A GeoTIFF that is stored sideways: upright, its rows and columns are others.",
        lambda: tiff(geographic(t274=(SHORT, [6]))),
        set(GEO),
        "kept: nothing",
    ),
    _row(
        "no_data.tif",
        "GDAL's code for missing pixels: black stays black.",
        lambda: tiff(geographic(t42113=(ASCII, b"0\0"))),
        {42113},
        "kept: 42113",
    ),
    _row(
        "no_data_gray.tif",
        "A gray code for missing pixels, which has a color in the result.",
        lambda: tiff(geographic(t42113=(ASCII, b"128\0"))),
        {42113},
        "kept: nothing",
    ),
    Case(
        letter="G",
        name="gdal_metadata.tif",
        situation="GDAL's statements, one of them about the gray values.",
        right="<GDALMetadata> <Item name='PLACE'>Harbor</Item> </GDALMetadata>",
        check=lambda: _metadata_of(STATEMENTS + BAND + b"</GDALMetadata>\0"),
    ),
    _row(
        "described_preview.tif",
        "Title and author stand in the preview's directory, the resolution in both.",
        lambda: tiff(
            page(
                SMALL, t254=(LONG, [1]), t270=(ASCII, b"Harbor\0"), t282=(RATIONAL, [72, 1]), t283=(RATIONAL, [72, 1])
            ),
            page(LUMA, t315=(ASCII, b"Anonymous\0"), t282=(RATIONAL, [300, 1]), t283=(RATIONAL, [300, 1])),
        ),
        {270, 315},
        "kept: 270 315",
    ),
    Case(
        letter="G",
        name="resolution.tif",
        situation="The resolution is that of the picture, not of the preview in front of it.",
        right="300 dpi",
        check=lambda: _resolution(),
    ),
]


def _resolution() -> str:
    resolution = {"t282": (RATIONAL, [300, 1]), "t283": (RATIONAL, [300, 1])}
    of_preview = {"t282": (RATIONAL, [72, 1]), "t283": (RATIONAL, [72, 1])}
    source = tiff(page(SMALL, t254=(LONG, [1]), **of_preview), page(LUMA, **resolution))
    terms = np.frombuffer(tiff_tags.read(composed(source, gentle_chroma())).entries[282].data, "<u4")
    return f"{terms[0] // terms[1]} dpi"
