"""CIE Lab (D65) and sRGB: turns Lab chroma into offsets from gray, at small sizes only, never on a whole scan.

Constants: IEC 61966-2-1 (sRGB) and CIE 15:2004 (Lab).
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_XYZ_FROM_SRGB = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = _XYZ_FROM_SRGB.sum(axis=1)
_SRGB_FROM_WHITE_RELATIVE = (np.linalg.inv(_XYZ_FROM_SRGB) * _WHITE).astype(np.float32)
_KNEE = 6 / 29

RED, GREEN, BLUE = 0.299, 0.587, 0.114
"""BT.601's luma weights: those of Pillow's `convert("L")` and of JPEG's Y."""


def _lightness_of_grays() -> Floats:
    code = np.arange(256) / 255
    luminance = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
    cube_root = np.where(luminance > _KNEE**3, np.cbrt(luminance), luminance / (3 * _KNEE**2) + 4 / 29)
    return (116 * cube_root - 16).astype(np.float32)


LIGHTNESS = _lightness_of_grays()
"""L* of each 8-bit gray."""


def offsets_from_luma(lightness: Floats, a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """R - Y and B - Y in code values of the sRGB color L*ab, any equal shapes.

    Colors outside sRGB are not clipped, because clipping shifts their hue. The gamma curve is extended as an odd
    function below zero and smoothly above one. `paint` fits colors to the gamut, where the final luma is known.
    """
    y = (lightness + 16) / 116
    cubes = np.stack([y + a / 500, y, y - b / 200], axis=-1)
    xyz = np.where(cubes > _KNEE, cubes**3, 3 * _KNEE**2 * (cubes - 4 / 29)).astype(np.float32)
    linear = xyz @ _SRGB_FROM_WHITE_RELATIVE.T
    size = np.abs(linear)
    curve = np.where(size <= 0.0031308, 12.92 * size, 1.055 * size ** (1 / 2.4) - 0.055)
    red, green, blue = np.moveaxis(np.float32(255) * np.sign(linear) * curve, -1, 0)
    luma = RED * red + GREEN * green + BLUE * blue
    return red - luma, blue - luma
