"""How close a colorized picture is to the original, and how colorful it is. sRGB bytes in, numbers out."""

import numpy as np
from numpy.typing import NDArray

from worker.colorizer.color import lab_from_rgb

RGB = NDArray[np.uint8]
Float = NDArray[np.float64]

_MAX_PSNR = 100.0  # Keeps means over pictures finite.
_SSIM_SIGMA = 1.5
_SSIM_RADIUS = 5
_SSIM_C1 = (0.01 * 255) ** 2
_SSIM_C2 = (0.03 * 255) ** 2
_25_TO_7 = 25.0**7
_VIOLET_HUES, _VIOLET_CHROMA = (280, 350), 15
_SKIN_HUES, _SKIN_CHROMA, _SKIN_LIGHTNESS = (25, 80), (8, 50), (15, 92)


def psnr(picture: RGB, original: RGB) -> float:
    """Peak signal-to-noise ratio over the three channels, in dB; 100 for equal pictures."""
    error = float(np.mean((picture.astype(np.float64) - original.astype(np.float64)) ** 2))
    return min(_MAX_PSNR, float(10 * np.log10(255**2 / error))) if error else _MAX_PSNR


def ssim(picture: RGB, original: RGB) -> float:
    """Structural similarity (Wang et al. 2004, Gaussian window of 11), the mean of the three channels."""
    x, y = picture.astype(np.float64), original.astype(np.float64)
    mean_x, mean_y = _blur(x), _blur(y)
    var_x = _blur(x * x) - mean_x**2
    var_y = _blur(y * y) - mean_y**2
    covariance = _blur(x * y) - mean_x * mean_y
    luminance = (2 * mean_x * mean_y + _SSIM_C1) / (mean_x**2 + mean_y**2 + _SSIM_C1)
    structure = (2 * covariance + _SSIM_C2) / (var_x + var_y + _SSIM_C2)
    return float(np.mean(luminance * structure))


def colorfulness(picture: RGB) -> float:
    """Hasler & Süsstrunk, "Measuring colourfulness in natural images" (2003); 0 for gray, about 60 for vivid."""
    red, green, blue = (picture[..., channel].astype(np.float64) for channel in range(3))
    first, second = red - green, 0.5 * (red + green) - blue
    spread = np.hypot(first.std(), second.std())
    return float(spread + 0.3 * np.hypot(first.mean(), second.mean()))


def mean_ciede2000(picture: RGB, original: RGB) -> float:
    """The mean color difference over the pixels."""
    return float(ciede2000(lab_from_rgb(picture), lab_from_rgb(original)).mean())


def violet(picture: RGB, original: RGB) -> float:
    """The percentage of pixels that are violet where the original's are not."""
    return 100 * float(np.mean(_is_violet(picture) & ~_is_violet(original)))


def skin_distance(picture: RGB, original: RGB) -> float:
    """The mean distance in a and b over pixels with the color of skin in the middle half of the original, else NaN."""
    height, width = original.shape[:2]
    middle = (slice(height // 4, height - height // 4), slice(width // 4, width - width // 4))
    truth = lab_from_rgb(original[middle])
    error = lab_from_rgb(picture[middle]) - truth
    distances = np.hypot(error[..., 1], error[..., 2])[_is_skin(truth)]
    return float(distances.mean()) if distances.size else float("nan")


def _is_violet(picture: RGB) -> NDArray[np.bool_]:
    _, a, b = np.moveaxis(lab_from_rgb(picture).astype(np.float64), -1, 0)
    chroma, hue = _polar(a, b)
    return _lies_in(hue, _VIOLET_HUES) & (chroma > _VIOLET_CHROMA)


def _is_skin(lab: NDArray[np.floating]) -> NDArray[np.bool_]:
    light, a, b = np.moveaxis(lab.astype(np.float64), -1, 0)
    chroma, hue = _polar(a, b)
    return _lies_in(hue, _SKIN_HUES) & _lies_in(chroma, _SKIN_CHROMA) & _lies_in(light, _SKIN_LIGHTNESS)


def _lies_in(values: Float, ends: tuple[float, float]) -> NDArray[np.bool_]:
    return (values >= ends[0]) & (values <= ends[1])


def ciede2000(first: NDArray[np.floating], second: NDArray[np.floating]) -> Float:
    """Color difference of [..., 3] Lab values after Sharma, Wu & Dalal (2005), with unit weights."""
    light_1, a_1, b_1 = np.moveaxis(first.astype(np.float64), -1, 0)
    light_2, a_2, b_2 = np.moveaxis(second.astype(np.float64), -1, 0)
    mean_chroma = (np.hypot(a_1, b_1) + np.hypot(a_2, b_2)) / 2
    stretch = 1.5 - 0.5 * np.sqrt(mean_chroma**7 / (mean_chroma**7 + _25_TO_7))
    chroma_1, hue_1 = _polar(a_1 * stretch, b_1)
    chroma_2, hue_2 = _polar(a_2 * stretch, b_2)
    turn, hue = _hue_difference_and_mean(chroma_1, hue_1, chroma_2, hue_2)
    light, chroma = (light_1 + light_2) / 2, (chroma_1 + chroma_2) / 2
    d_light, d_chroma = light_2 - light_1, chroma_2 - chroma_1
    d_hue = 2 * np.sqrt(chroma_1 * chroma_2) * np.sin(np.radians(turn) / 2)
    weight = (
        1
        - 0.17 * np.cos(np.radians(hue - 30))
        + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6))
        - 0.20 * np.cos(np.radians(4 * hue - 63))
    )
    s_light = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    x, y, z = d_light / s_light, d_chroma / (1 + 0.045 * chroma), d_hue / (1 + 0.015 * chroma * weight)
    angle = np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2)))
    rotation = -np.sin(angle) * 2 * np.sqrt(chroma**7 / (chroma**7 + _25_TO_7))
    return np.asarray(np.sqrt(x**2 + y**2 + z**2 + rotation * y * z))


def _polar(a: Float, b: Float) -> tuple[Float, Float]:
    return np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360


def _hue_difference_and_mean(chroma_1: Float, hue_1: Float, chroma_2: Float, hue_2: Float) -> tuple[Float, Float]:
    """In degrees, the short way round. If one color has no hue, the other's is used."""
    gray = chroma_1 * chroma_2 == 0
    turn = np.where(gray, 0, (hue_2 - hue_1 + 180) % 360 - 180)
    # For exactly opposite hues the reference gives +180, the expression above -180.
    turn = np.where((turn == -180) & (hue_2 > hue_1), 180, turn)
    total = hue_1 + hue_2
    far = np.abs(hue_1 - hue_2) > 180
    mean = np.where(far, np.where(total < 360, total + 360, total - 360), total) / 2
    return turn, np.where(gray, total, mean)


def _blur(picture: Float) -> Float:
    """Gaussian window over height and width, only where it fits completely."""
    offsets = np.arange(-_SSIM_RADIUS, _SSIM_RADIUS + 1)
    window = np.exp(-(offsets**2) / (2 * _SSIM_SIGMA**2))
    window /= window.sum()
    for _ in ("over the height", "over the width"):
        length = len(picture) - 2 * _SSIM_RADIUS
        rows = (picture[start : start + length] for start in range(len(window)))
        picture = np.asarray(sum(weight * part for weight, part in zip(window, rows, strict=True))).swapaxes(0, 1)
    return picture
