"""Reading the size of a picture from its header."""

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from api.dry_run.pixels import pixels_of
from tests.api.dry_run.pictures import LARGE, SMALL, tiff_with_its_directory_at_the_end


@pytest.mark.parametrize(
    "how",
    [
        *({"format": name} for name in ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "AVIF")),
        {"format": "TIFF", "big_tiff": True},
        {"format": "WEBP", "lossless": True},
    ],
    ids=str,
)
def test_pixels_are_read_from_the_header_of_every_format(how: dict[str, Any]) -> None:
    buffer = io.BytesIO()
    Image.new("L", (70, 50), 7).save(buffer, **how)

    assert pixels_of(buffer.getvalue()) == 3500


@given(st.sampled_from([SMALL, LARGE, tiff_with_its_directory_at_the_end()[:200]]), st.binary(max_size=60), st.data())
def test_no_header_is_too_odd(content: bytes, odd: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(2, 100))

    pixels = pixels_of(content[:place] + odd + content[place + len(odd) :])

    assert pixels is None or pixels > 0
