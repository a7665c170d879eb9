import numpy as np
import pytest

from training.scores.contact_sheet import CAPTION, contact_sheet

WIDTH, HEIGHT, GAP = 60, 20, 4


def _rows(count):
    return [[np.full((HEIGHT, WIDTH, 3), shade, dtype=np.uint8) for shade in (50, 200)] for _ in range(count)]


def _inked(sheet, *, left, right):
    """Whether there is writing above the pictures between two columns of pixels."""
    return bool((np.asarray(sheet)[:CAPTION, left:right] < 128).any())


@pytest.mark.parametrize(("rows", "written"), [(1, 1), (2, 2), (5, 2)])
def test_each_column_of_each_row_beside_another_has_its_caption(rows, written):
    sheet = contact_sheet(_rows(rows), ("one", "two"), across=2)

    starts = [place * (2 * WIDTH + GAP) + column * WIDTH for place in range(2) for column in range(2)]
    assert [_inked(sheet, left=start, right=start + WIDTH) for start in starts] == [
        place < written for place in (0, 0, 1, 1)
    ]
    pixels = np.asarray(sheet)
    assert tuple(pixels[CAPTION + HEIGHT // 2, [WIDTH // 2, WIDTH + WIDTH // 2], 0]) == (50, 200)


def test_a_caption_that_does_not_fit_loses_its_beginning():
    long = contact_sheet(_rows(1), ("runs/of/last/year/best 1", ""))

    assert not _inked(long, left=WIDTH, right=2 * WIDTH)
    assert _inked(long, left=0, right=WIDTH // 4)
    assert _inked(long, left=WIDTH - WIDTH // 4, right=WIDTH)


def test_a_column_too_narrow_for_any_caption_has_none():
    rows = [[np.zeros((4, 4, 3), dtype=np.uint8)]]

    assert not _inked(contact_sheet(rows, ("caption",)), left=0, right=4)
