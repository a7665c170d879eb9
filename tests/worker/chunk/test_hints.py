"""Hints in a worker: they reach the right place in the right color, and the result's metadata."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from shared.jobs.options import Hint, Options
from shared.lifecycle import JobState
from tests.fixtures.worker import Workplace
from tests.worker.hinted import ab_around, missing
from tests.zoo.pictures import picture
from worker.chunk.hints import format_hints, lab_hints
from worker.colorizer import Colorizer
from worker.models.inference import Colorizers
from worker.models.registry import ModelRegistry

pytestmark = pytest.mark.anyio

MODELS = Path(__file__).parents[3] / "models"
RED = Hint(x=0.2, y=0.3, color="#B03020")
BLUE = Hint(x=0.8, y=0.75, color="#2040b0")
ORIENTATION = 0x0112


async def result_of(workplace: Workplace, content: bytes, **options: Any) -> bytes:
    """The result that the shipped model gives."""
    job = await workplace.submit_picture(content, options=Options(model="base", format="png", **options))
    await workplace.colorizer(colorizers=Colorizers(ModelRegistry(MODELS), Colorizer.load, "cpu")).colorize(job.id, 0)
    assert (await workplace.check(job)).state is JobState.SUCCEEDED
    (item,) = await workplace.items(job)
    return await workplace.storage.get(item.results[0].key)


def stored_rotated(content: bytes) -> bytes:
    """A JPEG that looks the same, with its pixels stored a quarter turn rotated."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    buffer = io.BytesIO()
    # A viewer rotates it clockwise, so it is stored rotated counterclockwise.
    rotated = Image.open(io.BytesIO(content)).transpose(Image.Transpose.ROTATE_90)
    rotated.save(buffer, "JPEG", exif=exif, quality=95)
    return buffer.getvalue()


async def test_places_get_the_colors_of_their_hints(workplace: Workplace) -> None:
    content = picture(size=(256, 192))

    plain, hinted = await result_of(workplace, content), await result_of(workplace, content, hints=(RED, BLUE))

    for hint in (RED, BLUE):
        assert missing(hinted, hint) < 0.6 * missing(plain, hint)


async def test_places_are_those_of_the_picture_as_a_viewer_shows_it(workplace: Workplace) -> None:
    content = picture(size=(256, 192))

    result = await result_of(workplace, stored_rotated(content), hints=(RED,))

    assert Image.open(io.BytesIO(result)).size == (192, 256)
    upright = await result_of(workplace, content, hints=(RED,))
    np.testing.assert_allclose(ab_around(result, RED), ab_around(upright, RED), atol=5)


async def test_the_metadata_records_the_hints(workplace: Workplace) -> None:
    content = picture(size=(64, 48))

    plain, hinted = await result_of(workplace, content), await result_of(workplace, content, hints=(RED, BLUE))

    assert b'AIPromptInformation="0.2,0.3,#b03020;0.8,0.75,#2040b0"' in hinted
    assert b"AIPromptInformation" not in plain


async def test_a_model_that_no_longer_takes_hints_fails_the_picture(workplace: Workplace) -> None:
    job = await workplace.submit_picture(picture(), options=Options(model="zoo", hints=(RED,)))

    await workplace.colorizer().colorize(job.id, 0)

    assert (await workplace.check(job)).state is JobState.FAILED
    (item,) = await workplace.items(job)
    assert item.error is not None
    assert (item.error.code, item.error.detail) == ("hints_unsupported", "The model 'zoo' takes no hints.")


def test_gray_is_a_color_too() -> None:
    (hint,) = lab_hints([Hint(x=0, y=1, color="#808080")])

    assert (hint.x, hint.y) == (0, 1)
    assert abs(hint.a) < 0.01
    assert abs(hint.b) < 0.01


def test_hints_are_formatted_as_the_api_takes_them() -> None:
    assert format_hints([RED, Hint(x=1 / 3, y=0, color="#ffffff")]) == "0.2,0.3,#b03020;0.333333,0,#ffffff"
    assert format_hints([]) == ""
