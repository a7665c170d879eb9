"""Contact sheets: rows of input, predictions and truth to look at, because scores miss a sepia wash."""

from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageOps

from worker.colorizer.color import rgb_from_lab

FloatArray = NDArray[np.float32]

CAPTION = 14  # Pixels above the pictures.


def compose(lightness: FloatArray, ab: FloatArray) -> NDArray[np.uint8]:
    """[1, H, W] lightness and [2, h, w] ab to [H, W, 3] sRGB, with the chroma upsampled bilinearly."""
    height, width = lightness.shape[1:]
    enlarged = [np.asarray(Image.fromarray(plane).resize((width, height), Image.Resampling.BILINEAR)) for plane in ab]
    return rgb_from_lab(np.stack([lightness[0], *enlarged], axis=-1))


def contact_sheet(
    rows: Sequence[Sequence[NDArray[np.uint8]]], captions: Sequence[str], *, across: int = 1, gap: int = 4
) -> Image.Image:
    """Rows of pictures of equal size, with captions above the columns; `across` rows lie side by side."""
    height, width = rows[0][0].shape[:2]
    columns = len(rows[0])
    lines = -(-len(rows) // across)
    cell_width = columns * width + gap
    sheet = Image.new("RGB", (across * cell_width, lines * (height + gap)), "white")
    for number, row in enumerate(rows):
        line, place = divmod(number, across)
        for column, picture in enumerate(row):
            sheet.paste(Image.fromarray(picture), (place * cell_width + column * width, line * (height + gap)))
    return _captioned(sheet, captions, width, [place * cell_width for place in range(min(across, len(rows)))])


def _captioned(sheet: Image.Image, captions: Sequence[str], width: int, starts: Sequence[int]) -> Image.Image:
    whole = ImageOps.expand(sheet, (0, CAPTION, 0, 0), "white")  # Left, top, right, bottom.
    pen = ImageDraw.Draw(whole)
    for start, (column, caption) in product(starts, enumerate(captions)):
        middle = start + (column + 0.5) * width
        pen.text((middle, 1), _shortened(caption, width, pen), fill="black", anchor="ma")
    return whole


def _shortened(caption: str, width: int, pen: ImageDraw.ImageDraw) -> str:
    """The end of a caption that is too long: in a path, the end matters most."""
    ends = ("…" + caption[start:] for start in range(1, len(caption) + 1))
    return next(text for text in (caption, *ends, "") if pen.textlength(text) < width)
