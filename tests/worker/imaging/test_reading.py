import io
import struct
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.hostile.tiffs import tiff_of_twenty_thousand_directories
from tests.worker.imaging.pictures import EVERY_KIND, packed, scan, toned
from worker.imaging import PictureError, decode
from worker.imaging.errors import CODES

RGB = toned(scan())


def refusal(source: bytes, **limits) -> str:
    with pytest.raises(PictureError) as caught:
        decode(source, **limits)
    assert caught.value.detail.endswith(".")
    return caught.value.code


@pytest.mark.parametrize("kind", EVERY_KIND)
@pytest.mark.parametrize("picture", [scan(), RGB], ids=["gray", "toned"])
def test_luma_is_what_pillow_makes_of_the_source(kind, picture):
    source = packed(picture, kind)

    luma, facts = decode(source)

    assert np.array_equal(luma, np.asarray(Image.open(io.BytesIO(source)).convert("L")))
    assert (facts.format, facts.width, facts.height) == (kind, *picture.size)


@pytest.mark.parametrize(
    ("picture", "kind"),
    [
        (RGB.convert("CMYK"), "JPEG"),
        (RGB.convert("CMYK"), "TIFF"),
        (RGB.quantize(64), "PNG"),
        (RGB.quantize(64), "BMP"),
        (scan().convert("LA"), "PNG"),
        (RGB.convert("RGBA"), "PNG"),
        (RGB.convert("RGBA"), "TIFF"),
        (RGB.convert("YCbCr"), "TIFF"),
    ],
    ids=lambda value: getattr(value, "mode", value),
)
def test_other_modes_are_converted(picture, kind):
    source = packed(picture, kind)

    luma, facts = decode(source)

    assert np.array_equal(luma, np.asarray(Image.open(io.BytesIO(source)).convert("L")))
    assert facts.has_alpha == ("A" in picture.mode)


def test_premultiplied_alpha_is_undone_before_luma_is_taken():
    straight = Image.new("RGBA", (40, 30), (20, 40, 60, 128))
    premultiplied = packed(straight, "TIFF").replace(
        struct.pack("<HHLL", 338, 3, 1, 2), struct.pack("<HHLL", 338, 3, 1, 1)
    )

    luma, facts = decode(premultiplied)

    assert facts.has_alpha
    assert np.unique(luma) == pytest.approx(2 * np.asarray(straight.convert("L"))[0, 0], abs=2)


def test_a_transparent_palette_color_is_alpha():
    source = packed(RGB.quantize(16), "PNG", transparency=3)

    assert decode(source)[1].has_alpha


@pytest.mark.parametrize("kind", ["JPEG", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_reported_and_the_pixels_stay_as_stored(orientation, kind):
    exif = Image.Exif()
    exif[0x0112] = orientation

    luma, facts = decode(packed(scan(), kind, exif=exif))

    assert facts.orientation == orientation
    assert luma.shape == (120, 160)


def test_an_invalid_orientation_counts_as_upright():
    exif = Image.Exif()
    exif[0x0112] = 77

    assert decode(packed(scan(), "PNG", exif=exif))[1].orientation == 1


def test_a_tiff_is_turned_upright_as_pillow_reads_it():
    luma, facts = decode(packed(scan(), "TIFF", tiffinfo={274: 6}))

    assert (facts.width, facts.height, facts.orientation) == (120, 160, 1)
    assert luma.shape == (160, 120)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (b"", "empty_file"),
        (b"a text, not a picture", "unsupported_format"),
        (packed(RGB, "GIF"), "unsupported_format"),
        (packed(RGB, "PPM"), "unsupported_format"),
        (packed(RGB, "PNG")[:-2000], "corrupt_image"),
        (packed(RGB, "JPEG")[:1500], "corrupt_image"),
        (packed(RGB, "TIFF")[:5000], "corrupt_image"),
        (packed(RGB, "WEBP")[:300], "corrupt_image"),
        (packed(RGB, "AVIF")[:300], "corrupt_image"),
        (packed(RGB, "AVIF")[:-300], "corrupt_image"),
        (packed(RGB, "BMP")[:300], "corrupt_image"),
        (b"\xff\xd8\xff" + b"\0" * 100, "corrupt_image"),
        (b"II*\0" + b"\xff" * 100, "corrupt_image"),
        (packed(scan().convert("1"), "PNG"), "bilevel_image"),
        (packed(scan().convert("1"), "TIFF", compression="group4"), "bilevel_image"),
        (packed(scan().convert("I;16"), "PNG"), "unsupported_bit_depth"),
        (packed(scan().convert("I;16"), "TIFF"), "unsupported_bit_depth"),
        (packed(scan().convert("F"), "TIFF"), "unsupported_bit_depth"),
        (packed(scan().convert("I"), "TIFF"), "unsupported_bit_depth"),
        (packed(RGB.convert("LAB"), "TIFF"), "unsupported_color_space"),
        (packed(RGB, "PNG", save_all=True, append_images=[scan().convert("RGB")]), "animated_image"),
        (packed(RGB, "WEBP", save_all=True, append_images=[scan().convert("RGB")]), "animated_image"),
        (packed(RGB, "AVIF", save_all=True, append_images=[scan().convert("RGB")]), "animated_image"),
        (packed(RGB, "TIFF", save_all=True, append_images=[scan()]), "multipage_image"),
    ],
)
def test_each_refusal_has_its_code(source, code):
    assert refusal(source) == code


def test_sixteen_bit_color_is_refused_although_pillow_reads_it_as_eight():
    source = bytearray(packed(RGB, "PNG"))
    source[24] = 16

    assert refusal(bytes(source)) in ("unsupported_bit_depth", "corrupt_image")


def test_a_thumbnail_does_not_count_as_a_page():
    pages = io.BytesIO()
    RGB.save(pages, "TIFF", save_all=True, append_images=[_reduced(RGB)])

    luma, facts = decode(pages.getvalue())

    assert luma.shape == (120, 160)
    assert facts.mode == "RGB"


def test_pages_are_read_up_to_a_limit():
    source = tiff_of_twenty_thousand_directories()
    begun = time.process_time()

    assert decode(source)[1].width == 8

    # Counting all of them takes Pillow several seconds.
    assert time.process_time() - begun < 1.0


def _reduced(picture: Image.Image) -> Image.Image:
    small = picture.reduce(4)
    small.encoderinfo = {"tiffinfo": {254: 1}}
    return small


def test_the_pixel_cap_is_checked_before_any_pixel_is_decoded():
    header_of_a_bomb = bytearray(packed(scan(8, 8), "PNG"))
    header_of_a_bomb[16:24] = struct.pack(">LL", 100_000, 100_000)

    assert refusal(packed(scan(), "PNG"), max_pixels=160 * 120 - 1) == "image_too_large"
    assert refusal(_with_checksum(header_of_a_bomb)) == "image_too_large"


def test_the_pixel_cap_is_checked_on_the_boxes_of_an_avif():
    source = bytearray(packed(RGB, "AVIF"))
    size_at = source.index(b"ispe") + 8
    source[size_at : size_at + 8] = struct.pack(">LL", 16_000, 16_000)

    assert refusal(bytes(source)) == "image_too_large"


def _with_checksum(png: bytearray) -> bytes:
    png[29:33] = struct.pack(">L", zlib.crc32(png[12:29]))
    return bytes(png)


def test_a_picture_of_exactly_the_cap_is_accepted():
    luma, _ = decode(packed(scan(), "PNG"), max_pixels=160 * 120)

    assert luma.size == 160 * 120


def test_every_code_is_documented():
    page = (Path(__file__).parents[3] / "docs/formats.md").read_text()

    assert [code for code in CODES if f"`{code}`" not in page] == []


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_damaged_files_raise_picture_errors_only(kind):
    whole = packed(RGB, kind)
    rng = np.random.default_rng(5)

    for _ in range(60):
        damaged = bytearray(whole)
        for at in rng.integers(0, min(len(whole), 600), 6):
            damaged[at] = rng.integers(0, 256)
        _decoded_or_refused(bytes(damaged))


def _decoded_or_refused(source: bytes) -> None:
    try:
        luma, facts = decode(source, max_pixels=1_000_000)
    except PictureError as error:
        assert error.code  # noqa: PT017 - either answer is right
    else:
        assert luma.shape == (facts.height, facts.width)


def test_texts_that_expand_beyond_their_limit_are_no_lack_of_memory():
    text = b"k\0\0" + zlib.compress(bytes(1 << 20))
    chunk = struct.pack(">L", len(text)) + b"zTXt" + text + struct.pack(">L", zlib.crc32(b"zTXt" + text))
    whole = packed(scan(), "PNG")

    assert refusal(whole[:33] + chunk * 80 + whole[33:]) == "corrupt_image"
