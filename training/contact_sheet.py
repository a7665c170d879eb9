"""Contact sheets: rows of input, predictions and truth to look at, because no number sees a sepia wash."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from worker.colorizer.color import rgb_from_lab

FloatArray = NDArray[np.float32]


def compose(lightness: FloatArray, ab: FloatArray) -> NDArray[np.uint8]:
    """[1, H, W] lightness and [2, h, w] ab to [H, W, 3] sRGB, the chroma enlarged bilinearly."""
    height, width = lightness.shape[1:]
    enlarged = [np.asarray(Image.fromarray(plane).resize((width, height), Image.Resampling.BILINEAR)) for plane in ab]
    return rgb_from_lab(np.stack([lightness[0], *enlarged], axis=-1))


def contact_sheet(rows: Sequence[Sequence[NDArray[np.uint8]]], *, across: int = 1, gap: int = 4) -> Image.Image:
    """Pictures of one size, each row side by side, `across` rows beside each other."""
    height, width = rows[0][0].shape[:2]
    columns = len(rows[0])
    lines = -(-len(rows) // across)
    cell_width = columns * width + gap
    sheet = Image.new("RGB", (across * cell_width, lines * (height + gap)), "white")
    for number, row in enumerate(rows):
        line, place = divmod(number, across)
        for column, picture in enumerate(row):
            sheet.paste(Image.fromarray(picture), (place * cell_width + column * width, line * (height + gap)))
    return sheet
