import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageOps

from tests.worker.imaging.pictures import (
    EVERY_KIND,
    EVERY_OPTION,
    LOSSLESS,
    OPTIONS,
    WITH_ALPHA,
    composed,
    contrasted,
    extreme_chroma,
    flat_chroma,
    gentle_chroma,
    grain,
    luma_difference,
    packed,
    reopened,
    scan,
    toned,
)
from worker.imaging import PictureError, compose, decode, network_input
from worker.imaging.formats import FORMATS

EXACT = [
    ("PNG", {}),
    ("TIFF", {}),
    ("TIFF", {"compression": "tiff_lzw"}),
    ("TIFF", {"compression": "jpeg"}),
    ("BMP", {}),
    ("WEBP", {"lossless": True}),
]


@pytest.mark.parametrize(("kind", "how"), EXACT)
@pytest.mark.parametrize("picture", [scan(161, 119), toned(scan(161, 119))], ids=["gray", "toned"])
@pytest.mark.parametrize("chroma", [gentle_chroma(), extreme_chroma()], ids=["gentle", "extreme"])
def test_lossless_formats_keep_luma_to_the_code(kind, how, picture, chroma):
    source = packed(picture, kind, **how)

    result = composed(source, chroma)

    assert reopened(result).format == kind
    assert reopened(result).size == picture.size
    assert luma_difference(source, result).max() == 0


@pytest.mark.parametrize("quality", [60, 75, 90, 97])
@pytest.mark.parametrize("picture", [scan(641, 479), toned(scan(641, 479))], ids=["gray", "toned"])
def test_jpeg_keeps_luma_within_two_codes_for_999_pixels_in_1000(quality, picture):
    source = packed(picture, "JPEG", quality=quality)

    result = composed(source, gentle_chroma())

    assert np.mean(luma_difference(source, result) > 2) <= 0.001


@pytest.mark.parametrize("kind", ["PNG", "AVIF"])
@pytest.mark.parametrize("chroma", [gentle_chroma(), extreme_chroma(shape=(60, 80))], ids=["gentle", "extreme"])
@pytest.mark.parametrize("number", range(3), ids=["cut off", "grainy", "toned"])
def test_avif_keeps_luma_within_one_code(kind, number, chroma):
    source = packed([CUT_OFF, GRAINY, toned(CUT_OFF)][number], kind)

    result = composed(source, chroma, replace(OPTIONS, format="avif"))

    assert reopened(result).format == "AVIF"
    assert luma_difference(source, result).max() <= 1


CUT_OFF = contrasted(grain(scan(641, 479), 20), 3)
GRAINY = grain(Image.new("L", (641, 479), 128), 40)
IN_COLOR = Image.merge("RGB", [CUT_OFF, GRAINY, CUT_OFF.transpose(Image.Transpose.ROTATE_180)])

HARD = [
    ("cut off", CUT_OFF, {}),
    ("line art", CUT_OFF.point(lambda code: 255 * (code > 127)), {}),
    ("progressive", CUT_OFF, {"progressive": True}),
    ("grainy", GRAINY, {}),
    ("toned", toned(CUT_OFF), {}),
    ("toned, 4:4:4", toned(CUT_OFF), {"subsampling": "4:4:4"}),
    ("RGB as it is", toned(CUT_OFF), {"keep_rgb": True}),
    ("noise in color", IN_COLOR, {"subsampling": "4:2:2"}),
    ("ink", IN_COLOR.convert("CMYK"), {}),
]


@pytest.mark.parametrize("chroma", [gentle_chroma(), extreme_chroma(shape=(60, 80))], ids=["gentle", "extreme"])
@pytest.mark.parametrize("quality", [15, 50, 75, 90, 97])
@pytest.mark.parametrize(("picture", "how"), [case[1:] for case in HARD], ids=[case[0] for case in HARD])
def test_difficult_jpegs_keep_their_luma_too(picture, how, quality, chroma):
    source = packed(picture, "JPEG", quality=quality, **how)

    result = composed(source, chroma)

    assert np.mean(luma_difference(source, result) > 2) <= 0.001


def test_a_jpeg_in_vivid_color_is_quantized_finer_to_keep_luma():
    colors = Image.fromarray(np.random.default_rng(3).integers(0, 256, (9, 12, 3), np.uint8))
    source = packed(colors.resize((640, 480), Image.Resampling.BICUBIC), "JPEG", quality=75)

    result = composed(source, gentle_chroma())

    assert np.mean(luma_difference(source, result) > 2) <= 0.001


def test_a_gray_jpeg_keeps_its_own_luma_table():
    source = packed(scan(), "JPEG", quality=83)

    result = composed(source, gentle_chroma())

    assert reopened(result).quantization[0] == reopened(source).quantization[0]


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_a_result_has_the_color_of_the_chroma(kind):
    mid_gray = Image.new("L", (96, 64), 128)

    result = composed(packed(mid_gray, kind, **LOSSLESS.get(kind, {})), flat_chroma(20, -30))

    # Lab (53.6, 20, -30) is about (136, 118, 181); with luma kept at 128 the offsets from luma are those.
    red, green, blue = np.asarray(reopened(result).convert("RGB"), float).mean(axis=(0, 1))
    assert (red - 128, green - 128, blue - 128) == pytest.approx((7, -11, 49), abs=4)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_colors_are_placed_by_orientation(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    source = packed(Image.new("L", (128, 96), 128), "PNG", exif=exif)
    view = network_input(decode(source)[0], orientation=orientation)
    chroma = np.zeros((2, view.shape[0] // 4, view.shape[1] // 4), np.float32)
    chroma[0, : view.shape[0] // 12, : view.shape[1] // 12] = 60  # Red in the corner at the upper left.

    shown = np.asarray(ImageOps.exif_transpose(reopened(composed(source, chroma))), int)

    redness = shown[..., 0] - shown[..., 1]
    assert redness[:16, :16].min() > 30
    assert redness[-32:, -32:].max() < 5


def test_colors_stop_at_an_edge_of_the_scan():
    edge = np.full((256, 256), 60, np.uint8)
    edge[:, 134:] = 190
    chroma = np.zeros((2, 16, 16), np.float32)
    chroma[0, :, :8] = 50  # The network's sample ends at 128, within the dark side.
    chroma[0, :, 8] = 50 * 6 / 16

    result = np.asarray(reopened(composed(packed(Image.fromarray(edge), "PNG"), chroma)), int)

    redness = (result[..., 0] - result[..., 1])[128]
    assert redness[124:132].min() > 0.6 * redness[60]
    assert redness[138:].max() < 0.25 * redness[60]


@pytest.mark.parametrize(("kind", "mode"), [("PNG", "LA"), *((kind, "RGBA") for kind in WITH_ALPHA)])
def test_alpha_is_kept(kind, mode):
    picture = scan().convert(mode)
    alpha = Image.linear_gradient("L").resize(picture.size)
    picture.putalpha(alpha)
    source = packed(picture, kind, **LOSSLESS.get(kind, {}))

    result = composed(source, gentle_chroma())

    assert np.array_equal(np.asarray(reopened(result).getchannel("A")), np.asarray(alpha))
    assert luma_difference(source, result).max() <= (1 if kind == "AVIF" else 0)


def test_a_transparent_palette_becomes_alpha():
    source = packed(toned(scan()).quantize(16), "PNG", transparency=3)

    result = reopened(composed(source, gentle_chroma()))

    assert np.array_equal(np.asarray(result)[..., 3], np.asarray(reopened(source).convert("RGBA"))[..., 3])


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (2, 3), (17, 5), (33, 1000)])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "BMP"])
def test_tiny_and_narrow_pictures_are_composed(size, kind):
    source = packed(scan(64, 48).resize(size), kind)

    result = composed(source, extreme_chroma())

    assert reopened(result).size == size


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_becomes_rgb(kind):
    source = packed(toned(scan(320, 240)).convert("CMYK"), kind)

    result = composed(source, gentle_chroma())

    assert reopened(result).mode == "RGB"
    assert np.mean(luma_difference(source, result) > 2) <= 0.001


def test_the_first_picture_of_a_multi_picture_jpeg_is_colorized():
    source = packed(scan(), "MPO", save_all=True, append_images=[scan(40, 30)])

    result = composed(source, gentle_chroma())

    assert (reopened(result).format, reopened(result).size) == ("JPEG", (160, 120))


def test_chroma_out_of_range_leaves_luma_exact():
    source = packed(scan(), "PNG")

    assert luma_difference(source, composed(source, 1e30 * extreme_chroma())).max() == 0


def test_chroma_may_be_larger_than_the_picture():
    source = packed(scan(20, 12), "PNG")

    assert luma_difference(source, composed(source, extreme_chroma(shape=(64, 64)))).max() == 0


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_equal_arguments_give_equal_bytes(kind):
    source = packed(toned(scan()), kind)

    assert composed(source, gentle_chroma()) == composed(source, gentle_chroma())


@pytest.mark.parametrize("result_format", EVERY_OPTION)
@pytest.mark.parametrize("kind", EVERY_KIND)
def test_every_format_converts_to_every_result_format(kind, result_format):
    source = packed(toned(scan()), kind)
    luma, _ = decode(source)
    out = io.BytesIO()

    made = compose(source, luma, gentle_chroma(), replace(OPTIONS, format=result_format), out)

    assert reopened(out.getvalue()).format == result_format.upper()
    assert made.media_type == f"image/{result_format}"
    assert (made.width, made.height) == (160, 120)


@pytest.mark.parametrize("lossy", [row.option for row in FORMATS if row.has_quality])
def test_quality_makes_files_smaller(lossy):
    source = packed(scan(), "PNG")

    coarse, fine = (composed(source, gentle_chroma(), replace(OPTIONS, format=lossy, quality=q)) for q in (30, 95))

    assert len(coarse) < 0.7 * len(fine)


def test_a_result_too_large_for_its_format_is_refused():
    source = packed(Image.new("L", (17_000, 2), 90), "PNG")

    with pytest.raises(PictureError, match="image_too_large"):
        composed(source, gentle_chroma(), replace(OPTIONS, format="webp"))


@pytest.mark.parametrize("shape", [(2, 32_769), (8_001, 8_000)])
def test_an_avif_too_large_for_its_encoder_or_readers_is_refused(shape):
    luma, out = np.broadcast_to(np.uint8(90), shape), io.BytesIO()

    with pytest.raises(PictureError, match="image_too_large: A picture in AVIF"):
        compose(packed(scan(), "PNG"), luma, gentle_chroma(), replace(OPTIONS, format="avif"), out)

    assert out.getvalue() == b""
