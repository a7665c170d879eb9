"""Previews of sources and results."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageCms

from tests.worker.imaging.pictures import OPTIONS, flat_chroma, packed, reopened, scan, toned
from worker.imaging import compose
from worker.imaging.reading import decode_with_preview


def source_preview_of(source: bytes) -> Image.Image:
    return reopened(decode_with_preview(source)[2])


@pytest.mark.parametrize(
    ("size", "shown"), [((2000, 1000), (512, 256)), ((160, 120), (160, 120)), ((9000, 3), (512, 1))]
)
def test_a_preview_is_a_webp_of_at_most_512_pixels(size: tuple[int, int], shown: tuple[int, int]) -> None:
    preview = decode_with_preview(packed(scan(*size), "PNG"))[2]

    assert reopened(preview).size == shown
    assert reopened(preview).format == "WEBP"
    assert len(preview) < 64 * 1024


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
def test_a_gray_scan_stays_gray_and_keeps_its_tone(kind: str) -> None:
    picture = scan(1000, 700)

    preview = np.asarray(source_preview_of(packed(picture, kind)), np.int16)

    assert np.ptp(preview, axis=2).max() <= 1  # As near as WebP, which stores luma and chroma, rounds it.
    expected = np.asarray(picture.resize((512, 358), Image.Resampling.BICUBIC, reducing_gap=2.0), np.int16)
    assert abs(float((preview[..., 0] - expected).mean())) < 1


def test_a_toned_print_is_shown_in_its_tone() -> None:
    red, _, blue = np.asarray(source_preview_of(packed(toned(scan()), "PNG")), np.float32).mean((0, 1))

    assert red > blue + 20


def test_previews_are_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    source = packed(scan(160, 120), "JPEG", exif=exif)
    luma, _, preview = decode_with_preview(source)

    made = compose(source, luma, flat_chroma(40, 40, (18, 14)), replace(OPTIONS, preview=True), io.BytesIO())

    assert reopened(preview).size == reopened(made.preview).size == (120, 160)


def test_a_result_has_a_preview_of_its_colors_only_on_request() -> None:
    source = packed(scan(), "JPEG")
    luma, _, _ = decode_with_preview(source)

    made = compose(source, luma, flat_chroma(40, 40), replace(OPTIONS, preview=True), io.BytesIO())

    red, _, blue = np.asarray(reopened(made.preview), np.float32).mean((0, 1))
    assert red > blue + 30
    assert compose(source, luma, flat_chroma(40, 40), OPTIONS, io.BytesIO()).preview == b""


def test_a_damaged_profile_is_ignored() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    damaged = profile[:200] + b"\xff" * (len(profile) - 200)

    assert source_preview_of(packed(toned(scan()), "PNG", icc_profile=damaged)).size == (160, 120)
