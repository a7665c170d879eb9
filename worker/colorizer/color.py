"""sRGB and CIE Lab (D65, 2°) in numpy, and the conversion of a scan's luma to the generator's input.

Training, evaluation and serving all use `lightness_from_luma`, so that they agree.
"""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

LIGHTNESS_RANGE = (0.0, 100.0)
AB_LIMIT = 110.0  # In sRGB, a lies in [-86, 98] and b in [-108, 95].

# IEC 61966-2-1. The rows are divided by the white point, which is what (1, 1, 1) maps to.
_RGB_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = _RGB_TO_XYZ.sum(axis=1)
_TO_RELATIVE = (_RGB_TO_XYZ / _WHITE[:, None]).astype(np.float32)
FROM_RELATIVE = np.linalg.inv(_RGB_TO_XYZ / _WHITE[:, None]).astype(np.float32)
_DELTA = 6 / 29


def _linearize(srgb: FloatArray) -> FloatArray:
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4).astype(np.float32)


def _forward(t: FloatArray) -> FloatArray:
    return np.where(t > _DELTA**3, np.cbrt(t), t / (3 * _DELTA**2) + 4 / 29).astype(np.float32)


def _inverse(f: FloatArray) -> FloatArray:
    return np.where(f > _DELTA, f**3, 3 * _DELTA**2 * (f - 4 / 29)).astype(np.float32)


_LINEAR = _linearize(np.arange(256, dtype=np.float32) / np.float32(255))
_LIGHTNESS = np.clip(116 * _forward(_LINEAR) - 16, *LIGHTNESS_RANGE).astype(np.float32)


def lightness_from_luma(luma: NDArray[np.uint8]) -> FloatArray:
    """L* in 0..100 of gray sRGB pixels with these values, in the same shape. `luma` is Pillow's `convert("L")`."""
    if luma.dtype != np.uint8:
        raise TypeError(f"Luma must be uint8, not {luma.dtype}.")
    return _LIGHTNESS[luma]


def lab_from_rgb(rgb: NDArray[np.uint8]) -> FloatArray:
    """[..., 3] sRGB bytes to L*, a, b."""
    f = _forward(_LINEAR[rgb] @ _TO_RELATIVE.T)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def linear_rgb_from_lab(lab: FloatArray) -> FloatArray:
    """[..., 3] Lab to linear-light RGB. Colors outside the sRGB gamut lie outside 0..1."""
    y = (lab[..., 0] + 16) / 116
    f = np.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], axis=-1)
    return np.asarray(_inverse(f.astype(np.float32)) @ FROM_RELATIVE.T, dtype=np.float32)


def rgb_from_lab(lab: FloatArray) -> NDArray[np.uint8]:
    """[..., 3] Lab to sRGB bytes, each channel clipped to the gamut."""
    linear = np.clip(linear_rgb_from_lab(lab), 0, 1)
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(srgb * 255), dtype=np.uint8)
