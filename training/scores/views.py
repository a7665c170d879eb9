"""Two ways to turn a photograph into a colorizer's input and the predicted chroma into a picture.

`Squeezed` is the size that the literature compares at: a small square, composed in Lab as in training. `Served` is what
users get: any size, by the service's own code, with guided upsampling of the chroma and fitting to the gamut.
"""

import io
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.data.originals import RGB, resized
from training.scores.contact_sheet import compose as compose_lab
from worker.colorizer import lightness_from_luma
from worker.colorizer.color import lab_from_rgb
from worker.colorizer.network import OUTPUT_STRIDE
from worker.imaging import ComposeOptions, Provenance, compose, network_input

Float = NDArray[np.float32]

_OPTIONS = ComposeOptions(Provenance("training evaluate", "none", "none"), format="png")


class View(Protocol):
    """Originals are [H, W, 3] sRGB; `ab` is [2, h, w] in Lab units, at any small size."""

    def lightness(self, original: RGB) -> Float:
        """[1, 1, h, w] in 0..100: the colorizer's input."""

    def true_chroma(self, original: RGB) -> Float:
        """The original's ab at the resolution of the colorizer's output: the best possible prediction."""

    def paint(self, original: RGB, ab: Float) -> RGB:
        """The original's lightness with these colors, as large as the original."""


class Squeezed:
    """For square originals whose sides are multiples of the generator's stride."""

    def lightness(self, original: RGB) -> Float:
        return lightness_from_luma(_luma(original))[None, None]

    def true_chroma(self, original: RGB) -> Float:
        return _reduced_ab(original)

    def paint(self, original: RGB, ab: Float) -> RGB:
        return compose_lab(self.lightness(original)[0], ab)


class Served:
    """For originals of any size; `side` and `multiple` are the colorizer's."""

    def __init__(self, side: int, multiple: int) -> None:
        self._side, self._multiple = side, multiple

    def lightness(self, original: RGB) -> Float:
        return lightness_from_luma(self._input(original))[None, None]

    def true_chroma(self, original: RGB) -> Float:
        height, width = self._input(original).shape
        return _reduced_ab(np.asarray(resized(Image.fromarray(original), (width, height))))

    def paint(self, original: RGB, ab: Float) -> RGB:
        luma, source, result = _luma(original), io.BytesIO(), io.BytesIO()
        Image.fromarray(luma).save(source, "PNG", compress_level=0)
        compose(source.getvalue(), luma, ab, _OPTIONS, result)
        with Image.open(result) as image:
            return np.asarray(image)

    def _input(self, original: RGB) -> NDArray[np.uint8]:
        return network_input(_luma(original), side=self._side, multiple=self._multiple)


def _luma(original: RGB) -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(original).convert("L"))


def _reduced_ab(original: RGB) -> Float:
    """The means over the pixels below each place of the generator's output."""
    height, width = (side // OUTPUT_STRIDE for side in original.shape[:2])
    ab = lab_from_rgb(original)[..., 1:].reshape(height, OUTPUT_STRIDE, width, OUTPUT_STRIDE, 2)
    return np.ascontiguousarray(ab.mean(axis=(1, 3)).transpose(2, 0, 1), dtype=np.float32)
