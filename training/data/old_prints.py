"""Augmentation that imitates scans of old prints, on the generator's input only.

It imitates soft lenses, chemistry and light (contrast, fading, uneven tone), grain, the halftone screen of newspapers,
and the JPEG of the scan itself, in the order in which they happen. Wan et al., "Bringing Old Photos Back to Life"
(2020), train on such damage too. The ranges were chosen by eye, from sets of genuine old photographs.
"""

import io

import numpy as np
from numpy.random import Generator as Random
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from training.data.wear import lit, worn

Luma = NDArray[np.uint8]
_Tone = NDArray[np.float32]


def imitate_old_print(luma: Luma, random: Random, *, wear_share: float = 0.0) -> Luma:
    """[H, W] luma as a scan of an old print of it; each kind of damage has its own probability.

    `wear_share` is the probability that the print was taken in a studio and is worn (`wear.py`).
    """
    is_worn = wear_share > 0 and random.random() < wear_share
    soft = _blurred(luma, random) if random.random() < 0.5 else luma
    tone = soft.astype(np.float32) / np.float32(255)
    tone = _developed(lit(tone, random) if is_worn else tone, random)
    if random.random() < 0.3:
        tone = _unevenly_faded(tone, random)
    if random.random() < 0.7:
        tone = _grainy(tone, random)
    if is_worn:
        tone = worn(tone, random)
    if random.random() < 0.1:
        tone = _halftone(tone, random)
    scanned = np.clip(np.rint(tone * 255), 0, 255).astype(np.uint8)
    return _jpeg(scanned, random) if random.random() < 0.3 else scanned


def _blurred(luma: Luma, random: Random) -> Luma:
    image = Image.fromarray(np.ascontiguousarray(luma)).filter(ImageFilter.GaussianBlur(random.uniform(0.3, 1.2)))
    return np.asarray(image)


def _developed(tone: _Tone, random: Random) -> _Tone:
    """Gamma, then grayish blacks and whites as dark as paper."""
    black, white = random.uniform(0, 0.12), random.uniform(0.85, 1.0)
    gamma = np.float32(np.exp(random.uniform(-0.35, 0.35)))
    return np.asarray(black + (white - black) * tone**gamma, dtype=np.float32)


def _unevenly_faded(tone: _Tone, random: Random) -> _Tone:
    """Lighter towards one side, as prints fade in light and in albums."""
    height, width = tone.shape
    angle, strength = random.uniform(0, 2 * np.pi), random.uniform(0.05, 0.25)
    down, across = np.mgrid[-0.5 : 0.5 : height * 1j, -0.5 : 0.5 : width * 1j]
    veil = strength * np.clip(0.5 + np.cos(angle) * across + np.sin(angle) * down, 0, 1)
    return np.asarray(tone + (1 - tone) * veil, dtype=np.float32)


def _grainy(tone: _Tone, random: Random) -> _Tone:
    noise = random.normal(0, random.uniform(0.005, 0.04), tone.shape).astype(np.float32)
    if random.random() < 0.5:  # Clumps of two pixels, as enlarged film shows them.
        noise = (noise + np.roll(noise, 1, axis=0) + np.roll(noise, 1, axis=1)) / np.sqrt(np.float32(3))
    return np.asarray(tone + noise, dtype=np.float32)


def _halftone(tone: _Tone, random: Random) -> _Tone:
    """Dots on a rotated screen whose size follows the tone, partly resolved by the scan."""
    height, width = tone.shape
    angle, period = random.uniform(0, np.pi / 2), random.uniform(2.5, 5.0)
    down, across = np.mgrid[0:height, 0:width] * (2 * np.pi / period)
    first = np.cos(across * np.cos(angle) + down * np.sin(angle))
    second = np.cos(down * np.cos(angle) - across * np.sin(angle))
    screen = 0.5 + 0.25 * (first + second)
    dots = 1 / (1 + np.exp(-(tone - screen) * random.uniform(4, 10)))
    share = random.uniform(0.2, 0.6)
    return np.asarray((1 - share) * tone + share * dots, dtype=np.float32)


def _jpeg(luma: Luma, random: Random) -> Luma:
    buffer = io.BytesIO()
    Image.fromarray(luma).save(buffer, "JPEG", quality=int(random.integers(25, 75)))
    with Image.open(buffer) as image:
        return np.asarray(image)
