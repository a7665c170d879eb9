"""Synthetic pictures for the imaging and sandbox tests."""

import io
from typing import Any

import numpy as np
from PIL import Image

from worker.imaging import ComposeOptions, Provenance, compose, decode
from worker.imaging.formats import FORMATS

PROVENANCE = Provenance("Photochrom 1.2.3", "shipped", "ab" * 32)
OPTIONS = ComposeOptions(PROVENANCE)

EVERY_KIND = [row.name for row in FORMATS]
EVERY_OPTION = [row.option for row in FORMATS if row.offered]
# BMP carries no metadata; for that reason it is not offered.
WITH_METADATA = [row.name for row in FORMATS if row.offered]
WITH_ALPHA = [row.name for row in FORMATS if row.alpha]
LOSSLESS = {"WEBP": {"lossless": True, "exact": True}, "AVIF": {"quality": 100}}
"""How Pillow writes formats without loss that it otherwise writes with loss."""


def scan(width: int = 160, height: int = 120, seed: int = 0) -> Image.Image:
    """A gray picture with soft shapes, hard edges, deep black, blank white and grain."""
    rng = np.random.default_rng(seed)
    shapes = Image.fromarray(rng.integers(0, 256, (6, 8), np.uint8))
    soft = np.asarray(shapes.resize((width, height), Image.Resampling.BICUBIC), np.float32)
    hard = np.asarray(shapes.resize((width, height), Image.Resampling.NEAREST), np.float32)
    grain = rng.normal(0, 4, (height, width))
    return Image.fromarray(np.clip(1.2 * (0.5 * soft + 0.5 * hard - 128) + 128 + grain, 0, 255).astype(np.uint8))


def toned(picture: Image.Image) -> Image.Image:
    """The same as an RGB scan of a sepia print."""
    share = np.asarray(picture, np.float32)[..., None] / 255
    dark, light = np.array([50.0, 35, 25]), np.array([250.0, 240, 220])
    return Image.fromarray(np.rint(dark + share * (light - dark)).astype(np.uint8))


def contrasted(picture: Image.Image, factor: float) -> Image.Image:
    """The same with that many times the contrast, clipped to 0..255."""
    return Image.fromarray(np.clip((np.asarray(picture, np.float32) - 128) * factor + 128, 0, 255).astype(np.uint8))


def grain(picture: Image.Image, deviation: float, seed: int = 0) -> Image.Image:
    """The same with Gaussian noise; `deviation` is in codes."""
    values = np.asarray(picture, np.float32)
    values = values + np.random.default_rng(seed).normal(0, deviation, values.shape)
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def packed(picture: Image.Image, kind: str, **how: Any) -> bytes:
    """The picture as a file."""
    out = io.BytesIO()
    picture.save(out, kind, **how)
    return out.getvalue()


def extreme_chroma(seed: int = 0, shape: tuple[int, int] = (14, 18)) -> np.ndarray:
    """Chroma that no photograph has."""
    return np.random.default_rng(seed).uniform(-120, 120, (2, *shape)).astype(np.float32)


def gentle_chroma(seed: int = 0, shape: tuple[int, int] = (14, 18)) -> np.ndarray:
    """Chroma as a colorizer predicts it: smooth and moderate."""
    planes = np.random.default_rng(seed).normal(0, 25, (2, 4, 5)).astype(np.float32)
    return np.stack([np.asarray(Image.fromarray(p).resize(shape[::-1], Image.Resampling.BICUBIC)) for p in planes])


def flat_chroma(a: float, b: float, shape: tuple[int, int] = (14, 18)) -> np.ndarray:
    """The same color everywhere."""
    return np.full((2, *shape), [[[a]], [[b]]], np.float32)


def composed(source: bytes, chroma: np.ndarray, options: ComposeOptions = OPTIONS) -> bytes:
    """The result's bytes, composed in this process."""
    luma, _ = decode(source)
    out = io.BytesIO()
    compose(source, luma, chroma, options, out)
    return out.getvalue()


def reopened(result: bytes) -> Image.Image:
    """The result, opened and loaded by Pillow."""
    picture = Image.open(io.BytesIO(result))
    picture.load()
    return picture


def luma_difference(source: bytes, result: bytes) -> np.ndarray:
    """Absolute difference of Pillow's `convert("L")`, pixel by pixel."""
    before, after = (np.asarray(reopened(data).convert("L"), np.int16) for data in (source, result))
    return np.abs(before - after)
