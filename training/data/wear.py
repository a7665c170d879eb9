"""The light of old studios and the wear of old prints, for `old_prints`: on the generator's input only.

Light: the mottle of painted backdrops, hard flash, the glow of soft lenses, vignettes, low contrast. Wear: scratches,
cracks, stains with a rim, foxing. Without them in training, scratched backdrops get patches of green and blue.
"""

import numpy as np
from numpy.random import Generator as Random
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Tone = NDArray[np.float32]

_PROBABILITY = 0.3  # Of each kind.


def lit(tone: Tone, random: Random) -> Tone:
    """[H, W] tone in 0..1 with the light, lens and backdrop of a studio."""
    for kind in (_mottled, _flashed, _glowing, _vignetted, _flat):
        if random.random() < _PROBABILITY:
            tone = np.clip(kind(tone, random), 0, 1).astype(np.float32)
    return tone


def worn(tone: Tone, random: Random) -> Tone:
    """[H, W] tone in 0..1 with the traces of handling and damp."""
    for kind in (_scratched, _cracked, _stained, _foxed):
        if random.random() < _PROBABILITY:
            tone = np.clip(kind(tone, random), 0, 1).astype(np.float32)
    return tone


def _mottled(tone: Tone, random: Random) -> Tone:
    """Clouds like those painted on a backdrop, outside of an oval for the sitter."""
    clouds = _clouds(tone.shape, random, cells=int(random.integers(3, 9))) - 0.5
    return tone + random.uniform(0.2, 0.6) * clouds * _outside(tone.shape, random)


def _flashed(tone: Tone, random: Random) -> Tone:
    """Overexposed near the middle, dark outside."""
    light = 1 - _outside(tone.shape, random)
    return tone * (random.uniform(0.4, 0.8) + random.uniform(0.5, 1.0) * light)


def _glowing(tone: Tone, random: Random) -> Tone:
    share = random.uniform(0.3, 0.8)
    return np.asarray((1 - share) * tone + share * _smoothed(tone, random.uniform(1.5, 4.0)), dtype=np.float32)


def _vignetted(tone: Tone, random: Random) -> Tone:
    """Towards black, or towards the white of the paper."""
    paper, strength = float(random.random() < 0.5), random.uniform(0.3, 0.8)
    edge = strength * _outside(tone.shape, random)
    return np.asarray(tone * (1 - edge) + paper * edge, dtype=np.float32)


def _flat(tone: Tone, random: Random) -> Tone:
    black, white = random.uniform(0.08, 0.25), random.uniform(0.6, 0.9)
    return np.asarray(black + (white - black) * tone, dtype=np.float32)


def _scratched(tone: Tone, random: Random) -> Tone:
    """A few long, nearly parallel lines of one or two pixels."""
    height, width = tone.shape
    lines, direction = [], random.uniform(0, np.pi)
    for _ in range(int(random.integers(1, 7))):
        angle, length = direction + random.normal(0, 0.15), random.uniform(0.2, 1.2) * max(height, width)
        middle = random.uniform(0, 1, 2) * (width, height)
        reach = length / 2 * np.array([np.cos(angle), np.sin(angle)])
        lines.append(np.stack([middle - reach, middle + reach]))
    return _drawn(tone, lines, random)


def _cracked(tone: Tone, random: Random) -> Tone:
    """Wandering lines through the emulsion."""
    side = max(tone.shape)
    lines = []
    for _ in range(int(random.integers(1, 4))):
        turns = np.cumsum(random.normal(0, 0.5, 24)) + random.uniform(0, 2 * np.pi)
        steps = side / 16 * np.stack([np.cos(turns), np.sin(turns)], axis=1)
        lines.append(random.uniform(0, 1, 2) * tone.shape[::-1] + np.cumsum(steps, axis=0))
    return _drawn(tone, lines, random)


def _stained(tone: Tone, random: Random) -> Tone:
    """Stains of damp, darkest at the rim."""
    clouds, level = _clouds(tone.shape, random, cells=int(random.integers(2, 6))), random.uniform(0.55, 0.75)
    inside = 1 / (1 + np.exp(-(clouds - level) * 60))
    rim = np.exp(-(((clouds - level) / 0.03) ** 2))
    kept = 1 - random.uniform(0.05, 0.3) * inside - random.uniform(0.0, 0.3) * rim
    return np.asarray(tone * kept, dtype=np.float32)


def _foxed(tone: Tone, random: Random) -> Tone:
    """Small soft spots: dark like rust, or light like flaked emulsion."""
    spots = np.zeros(tone.shape, dtype=np.float32)
    number = int(random.integers(5, 60))
    rows, columns = (random.integers(0, length, number) for length in tone.shape)
    spots[rows, columns] = random.uniform(0.3, 1.0, number)
    sigma = random.uniform(0.5, 2.0)
    soft = np.clip(_smoothed(spots, sigma) * 2 * np.pi * sigma**2, 0, 1)
    sign = -1 if random.random() < 0.7 else 1
    return np.asarray(tone + sign * random.uniform(0.1, 0.4) * soft, dtype=np.float32)


def _drawn(tone: Tone, lines: list[NDArray[np.float64]], random: Random) -> Tone:
    """Draw lines of [points, (x, y)], most of them light like bare paper, else dark."""
    image = Image.new("L", tone.shape[::-1])
    draw = ImageDraw.Draw(image)
    for line in lines:
        draw.line(
            [(x, y) for x, y in line.tolist()], fill=int(random.integers(80, 256)), width=int(random.integers(1, 3))
        )
    mask = np.asarray(image.filter(ImageFilter.GaussianBlur(0.5)), dtype=np.float32) / np.float32(255)
    ink = np.float32(random.random() < 0.7) * np.float32(0.95)
    return np.asarray(tone * (1 - mask) + ink * mask, dtype=np.float32)


def _clouds(shape: tuple[int, ...], random: Random, *, cells: int) -> Tone:
    """Smooth noise in 0..1: octaves from this number of cells on, each half as strong as the one before."""
    noise = sum(
        _enlarged(random.uniform(0, 1, (cells * factor, cells * factor)), shape) / factor for factor in (1, 2, 4)
    )
    noise = np.asarray(noise, dtype=np.float32)
    return np.asarray((noise - noise.min()) / max(float(np.ptp(noise)), 1e-6), dtype=np.float32)


def _enlarged(small: NDArray[np.float64], shape: tuple[int, ...]) -> Tone:
    image = Image.fromarray(small.astype(np.float32))
    return np.asarray(image.resize((shape[1], shape[0]), Image.Resampling.BICUBIC))


def _outside(shape: tuple[int, ...], random: Random) -> Tone:
    """0 within an oval near the middle, rising to 1."""
    height, width = shape
    down = (np.mgrid[-0.5 : 0.5 : height * 1j] - random.uniform(-0.15, 0.15)) / random.uniform(0.3, 0.5)
    across = (np.mgrid[-0.5 : 0.5 : width * 1j] - random.uniform(-0.15, 0.15)) / random.uniform(0.25, 0.45)
    distance = np.hypot(down[:, None], across[None, :])
    return np.clip((distance - 0.7) / random.uniform(0.3, 0.8), 0, 1).astype(np.float32)


def _smoothed(tone: Tone, sigma: float) -> Tone:
    image = Image.fromarray(np.rint(np.clip(tone, 0, 1) * 255).astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(sigma)), dtype=np.float32) / np.float32(255)
