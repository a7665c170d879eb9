import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.worker.imaging.pictures import composed, contrasted, gentle_chroma, grain, packed, reopened, scan
from worker.imaging.codecs import requantizing
from worker.imaging.codecs.requantizing import share_beyond

tables = st.one_of(
    st.integers(1, 255).map(lambda step: [step] * 64),
    st.lists(st.integers(1, 40), min_size=64, max_size=64),
    st.lists(st.integers(1, 255), min_size=64, max_size=64),
)
seeds = st.integers(0, 2**32 - 1)
sides = st.integers(1, 200)
# From all within the scale to most of it cut off.
contrasts = st.floats(0.2, 6)


def through(plane: np.ndarray, table: list[int]) -> np.ndarray:
    return np.asarray(reopened(packed(Image.fromarray(plane), "JPEG", qtables=[table])))


def in_color(luma: np.ndarray, table: list[int]) -> np.ndarray:
    """Luma after a round trip through the Y of a JPEG in color."""
    picture = Image.merge("RGB", [Image.fromarray(luma)] * 3)
    return luma_of_y(packed(picture, "JPEG", qtables=[table, table], subsampling="4:2:0"))


def luma_of_y(result: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(result)) as picture:
        picture.draft("L", None)
        return np.asarray(picture)


def share_off(before: np.ndarray, after: np.ndarray, codes: int) -> float:
    return np.mean(np.abs(before.astype(int) - after) > codes)


@settings(max_examples=60, deadline=None)
@given(table=tables, contrast=contrasts, deviation=st.floats(0, 60), seed=seeds, width=sides, height=sides)
def test_coding_the_clipped_blocks_predicts_as_much_as_coding_all(*, table, contrast, deviation, seed, width, height):
    picture = contrasted(grain(scan(width, height, seed), deviation, seed), contrast)
    luma = through(np.asarray(picture), table)

    some, every = (share_beyond(luma, table, 2, lies_on_steps=lies) for lies in (True, False))

    assert some == every


@settings(max_examples=60, deadline=None)
@given(table=tables, deviation=st.floats(0, 12), seed=seeds)
def test_blocks_without_black_or_white_come_back_within_one_code(table, deviation, seed):
    picture = grain(Image.new("L", (192, 128), 128), deviation, seed)
    luma = through(np.asarray(picture), table)
    blocks = luma.reshape(16, 8, 24, 8)
    inside = (blocks.min(axis=(1, 3)) > 0) & (blocks.max(axis=(1, 3)) < 255)

    off = np.abs(luma.astype(int) - through(luma, table)).reshape(16, 8, 24, 8).max(axis=(1, 3))

    assert off[inside].max(initial=0) <= 1


@pytest.mark.parametrize("lies_on_steps", [True, False])
@pytest.mark.parametrize("contrast", [1, 3, 30])
@pytest.mark.parametrize("quality", [10, 50, 75, 95])
@pytest.mark.parametrize("size", [(320, 240), (642, 480), (641, 479), (1, 1), (1, 40), (7, 9), (200, 13)])
def test_the_prediction_is_what_y_loses(size, quality, contrast, lies_on_steps):
    source = packed(contrasted(scan(*size), contrast), "JPEG", quality=quality)
    luma, table = np.asarray(reopened(source)), reopened(source).quantization[0]

    predicted = share_beyond(luma, table, 2, lies_on_steps=lies_on_steps)

    assert predicted == share_off(luma, in_color(luma, table), 2)


def test_a_sample_of_many_blocks_predicts_nearly_as_much(monkeypatch):
    luma, table = np.asarray(contrasted(grain(scan(1600, 1200), 20), 3)), [16] * 64
    exact = share_beyond(luma, table, 2, lies_on_steps=False)

    monkeypatch.setattr(requantizing, "SAMPLED_BLOCKS", 4000)
    drawn = [share_beyond(luma, table, 2, lies_on_steps=False) for _ in range(2)]

    assert drawn == [pytest.approx(exact, rel=0.1)] * 2
    assert drawn[0] == drawn[1]


def test_a_gray_jpeg_with_clipped_blacks_and_whites_is_quantized_finer():
    source = packed(contrasted(grain(scan(640, 480), 20), 3), "JPEG", quality=50)

    result = composed(source, gentle_chroma())

    before, after = (reopened(data).quantization[0] for data in (source, result))
    assert max(after) < max(before)
    assert share_off(luma_of_y(source), luma_of_y(result), 2) <= 0.0004
