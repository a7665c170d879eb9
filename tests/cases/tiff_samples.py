"""F and H, of TIFF: how samples are stored, what they mean, which compressions are read."""

import zlib
from collections.abc import Callable

import imagecodecs
import numpy as np

from tests.cases.case import Case
from tests.cases.pictures import EXACT, GRAY, LUMA, check_of, colorized, result_of
from tests.cases.profiles import four_inks, gray_of_gamma
from tests.cases.tiff_files import JPEG_OF_PREVIEW, LONG, RATIONAL, SHORT, UNDEFINED, Page, page, tiff
from tests.cases.tones import CODES, RENDERED, by_littlecms, inks, rendered, rendering_of
from tests.worker.imaging.pictures import packed, toned

RGB = np.asarray(toned(GRAY))
RGB_LUMA = np.asarray(toned(GRAY).convert("L"))
ALPHA = np.roll(LUMA, 7, axis=1)
GRAYS = np.arange(256)
FULL_MAP, SHORT_MAP = ([*(GRAYS * factor), *(GRAYS * factor), *(GRAYS * factor)] for factor in (257, 1))
WITH_ALPHA = f"{EXACT}, alpha exact"


def _with_alpha(source: bytes) -> str:
    answer = colorized(source)
    if answer != EXACT:
        return answer
    result = result_of(source)
    kept = "A" in result.getbands() and np.array_equal(np.asarray(result.getchannel("A")), ALPHA)
    return f"{answer}, alpha {'exact' if kept else 'lost'}"


def _compressed(pixels: np.ndarray, compression: int, encode: Callable[[np.ndarray], bytes], **other: object) -> bytes:
    plain = page(pixels, t259=(SHORT, [compression]), **other)
    return tiff(Page(tags=plain.tags, strips=[encode(pixels)]))


def _ycbcr(across: int, down: int, compress: Callable[[bytes], bytes], compression: int) -> bytes:
    """Neutral chroma, so that luma is gray whatever the subsampling."""
    blocks = LUMA.reshape(120 // down, down, 160 // across, across).swapaxes(1, 2).reshape(-1, down * across)
    data = np.pad(blocks, ((0, 0), (0, 2)), constant_values=128).tobytes()
    plain = page(np.dstack([LUMA] * 3), t262=(SHORT, [6]), t259=(SHORT, [compression]), t530=(SHORT, [across, down]))
    return tiff(Page(tags=plain.tags, strips=[compress(data)]))


def _video_range() -> bytes:
    """Black is 16, white 235: of luma 16 + L * 219 / 255."""
    codes = np.rint(16 + LUMA * (219 / 255)).astype(np.uint8)
    pixels = np.dstack([codes, np.full_like(codes, 128), np.full_like(codes, 128)])
    reference = (RATIONAL, [16, 1, 235, 1, 128, 1, 240, 1, 128, 1, 240, 1])
    return tiff(page(pixels, t262=(SHORT, [6]), t530=(SHORT, [1, 1]), t532=reference))


def _expanded() -> np.ndarray:
    """What `_video_range` holds, by the formula of TIFF 6.0."""
    codes = np.rint(16 + LUMA * (219 / 255))
    return ((codes - 16) * 255 / 219).astype(np.uint8)


def _tiled() -> bytes:
    """Tiles of 64 × 64, of which the last ones stick out."""
    padded = np.pad(LUMA, ((0, 8), (0, 32)))
    tiles = [padded[y : y + 64, x : x + 64].tobytes() for y in (0, 64) for x in (0, 64, 128)]
    plain = page(LUMA, t278=None, t322=(LONG, [64]), t323=(LONG, [64]))
    return tiff(Page(tags=plain.tags, strips=tiles, is_tiled=True))


def _planar() -> bytes:
    plain = page(RGB, t284=(SHORT, [2]))
    return tiff(Page(tags=plain.tags, strips=[RGB[..., index].tobytes() for index in range(3)]))


def _fill_order() -> bytes:
    """4 bits each, the bits of every byte from the lowest on."""
    codes = LUMA >> 4
    data = imagecodecs.bitorder_decode((codes[:, 0::2] << 4 | codes[:, 1::2]).tobytes())
    plain = page(LUMA, t258=(SHORT, [4]), t266=(SHORT, [2]))
    return tiff(Page(tags=plain.tags, strips=[data]))


def _old_jpeg() -> bytes:
    plain = page(LUMA, t259=(SHORT, [6]), t262=(SHORT, [6]))
    return tiff(Page(tags=plain.tags, strips=[JPEG_OF_PREVIEW], links={513: JPEG_OF_PREVIEW}))


def _premultiplied_white() -> bytes:
    return tiff(page(np.dstack([255 - LUMA, np.full_like(LUMA, 255)]), t262=(SHORT, [0]), t338=(SHORT, [1])))


def _linear(pixels: np.ndarray, luma: Callable[[], np.ndarray], **other: object) -> Callable[[], str]:
    profile = (UNDEFINED, gray_of_gamma(1.0))
    return rendering_of(lambda: tiff(page(pixels, t34675=profile, **other)), luma)


def _inks_with_alpha() -> bytes:
    pixels = np.dstack([np.asarray(inks()), np.full_like(LUMA, 255)])
    return tiff(page(pixels, t262=(SHORT, [5]), t338=(SHORT, [2]), t34675=(UNDEFINED, four_inks())))


def _row(
    letter: str, name: str, situation: str, generate: Callable[[], bytes], right: str = EXACT, **how: object
) -> Case:
    check = (lambda: _with_alpha(generate())) if right == WITH_ALPHA else check_of(generate, **how)  # type: ignore[arg-type]
    return Case(letter=letter, name=name, situation=situation, right=right, check=check)


def _palette(codes: list[int], **other: object) -> Page:
    return page(LUMA, t262=(SHORT, [3]), t320=(SHORT, codes), **other)


def _lzw(pixels: np.ndarray) -> bytes:
    return bytes(imagecodecs.lzw_encode(pixels.tobytes()))


CASES = [
    Case(
        letter="F",
        name="gray_linear.tif",
        situation="A gray profile of gamma 1.0, as linear scans have.",
        right=RENDERED,
        check=_linear(LUMA, lambda: rendered(CODES)),
    ),
    Case(
        letter="F",
        name="white_is_zero_linear.tif",
        situation="The same, min-is-white with alpha: the profile is about what is shown.",
        right=RENDERED,
        check=_linear(np.dstack([255 - LUMA, ALPHA]), lambda: rendered(CODES), t262=(SHORT, [0]), t338=(SHORT, [2])),
    ),
    Case(
        letter="F",
        name="four_inks_alpha.tif",
        situation="Four inks and alpha, with a CMYK profile.",
        right=RENDERED,
        check=rendering_of(_inks_with_alpha, lambda: by_littlecms(inks(), four_inks())),
    ),
    _row("F", "palette.tif", "The control: a color map of 16 bits.", lambda: tiff(_palette(FULL_MAP))),
    _row(
        "F",
        "palette_8bit_map.tif",
        "A color map of an old program: 0..255 for 0..65535.",
        lambda: tiff(_palette(SHORT_MAP)),
    ),
    _row(
        "F",
        "pal8_lzw.tif",
        "The same, LZW.",
        lambda: _compressed(LUMA, 5, _lzw, t262=(SHORT, [3]), t320=(SHORT, SHORT_MAP)),
    ),
    _row(
        "F",
        "no_photometric.tif",
        "Nothing says what zero means: black, as libtiff takes it.",
        lambda: tiff(page(LUMA, t262=None)),
    ),
    _row(
        "F",
        "no_photometric_rgb.tif",
        "The same, with three samples: RGB.",
        lambda: tiff(page(RGB, t262=None)),
        luma=RGB_LUMA,
    ),
    _row(
        "F",
        "no_photometric_two.tif",
        "The same, with two samples that nothing explains.",
        lambda: tiff(page(np.dstack([LUMA, ALPHA]), t262=None)),
        "unsupported_color_space",
    ),
    _row("F", "white_is_zero.tif", "Min-is-white.", lambda: tiff(page(255 - LUMA, t262=(SHORT, [0])))),
    _row(
        "H",
        "miniswhite_alpha.tif",
        "Min-is-white with unassociated alpha.",
        lambda: tiff(page(np.dstack([255 - LUMA, ALPHA]), t262=(SHORT, [0]), t338=(SHORT, [2]))),
        WITH_ALPHA,
    ),
    _row("H", "miniswhite_premultiplied.tif", "Min-is-white with associated alpha, all opaque.", _premultiplied_white),
    _row(
        "H",
        "gray_alpha.tif",
        "Gray with unassociated alpha.",
        lambda: tiff(page(np.dstack([LUMA, ALPHA]), t338=(SHORT, [2]))),
        WITH_ALPHA,
    ),
    _row(
        "H",
        "jpeg2000.tif",
        "JPEG 2000.",
        lambda: _compressed(RGB, 34712, lambda p: imagecodecs.jpeg2k_encode(p, level=0)),
        luma=RGB_LUMA,
    ),
    _row(
        "H",
        "webp.tif",
        "Lossless WebP.",
        lambda: _compressed(RGB, 50001, lambda p: imagecodecs.webp_encode(p, lossless=True)),
        luma=RGB_LUMA,
    ),
    _row(
        "H", "zstd.tif", "Zstandard.", lambda: _compressed(LUMA, 50000, lambda p: imagecodecs.zstd_encode(p.tobytes()))
    ),
    _row("H", "lzma.tif", "LZMA.", lambda: _compressed(LUMA, 34925, lambda p: imagecodecs.lzma_encode(p.tobytes()))),
    _row(
        "H",
        "deflate_without_checksum.tif",
        "Deflate whose last bytes are missing: every pixel is there.",
        lambda: _compressed(LUMA, 8, lambda p: zlib.compress(p.tobytes())[:-4]),
    ),
    _row(
        "H",
        "predictor.tif",
        "LZW of the differences of neighbors.",
        lambda: _compressed(LUMA, 5, lambda p: _lzw(np.diff(p, axis=1, prepend=p[:, :1] * 0)), t317=(SHORT, [2])),
    ),
    _row(
        "H", "lerc.tif", "LERC, which is not read.", lambda: _compressed(LUMA, 34887, bytes), "unsupported_compression"
    ),
    _row(
        "H",
        "jxl.tif",
        "JPEG XL, which is not read.",
        lambda: _compressed(LUMA, 50002, bytes),
        "unsupported_compression",
    ),
    _row("H", "old_jpeg.tif", "Old-style JPEG.", _old_jpeg, "unsupported_compression"),
    _row(
        "H",
        "fax.tif",
        "Fax of one bit.",
        lambda: packed(GRAY.convert("1"), "TIFF", compression="group4"),
        "bilevel_image",
    ),
    _row("H", "tiles.tif", "Tiles, of which the last ones stick out.", _tiled),
    _row("H", "planes.tif", "Red, green and blue in planes of their own.", _planar, luma=RGB_LUMA),
    _row("H", "fill_order.tif", "4 bits, from the lowest on.", _fill_order, luma=(LUMA >> 4) * 17),
    _row("H", "ycbcr_420.tif", "YCbCr at half the resolution, uncompressed.", lambda: _ycbcr(2, 2, bytes, 1)),
    _row("H", "ycbcr_422.tif", "YCbCr at half the width, Deflate.", lambda: _ycbcr(2, 1, zlib.compress, 8)),
    _row(
        "H", "ycbcr_411.tif", "YCbCr at a quarter of the width, LZW.", lambda: _ycbcr(4, 1, imagecodecs.lzw_encode, 5)
    ),
    _row(
        "F",
        "ycbcr_video.tif",
        "YCbCr whose black is 16 and white 235.",
        _video_range,
        luma=_expanded(),
    ),
    _row(
        "H",
        "different_depths.tif",
        "RGB of 5, 6 and 5 bits.",
        lambda: tiff(page(RGB, t258=(SHORT, [5, 6, 5]))),
        "unsupported_bit_depth",
    ),
    _row(
        "H",
        "half_float.tif",
        "Half floats.",
        lambda: tiff(page(LUMA.astype("<f2"), t339=(SHORT, [3]))),
        "unsupported_bit_depth",
    ),
    _row(
        "H",
        "three_grays.tif",
        "Black-is-zero with three samples that nothing explains.",
        lambda: tiff(page(RGB, t262=(SHORT, [1]))),
        "unsupported_color_space",
    ),
]
