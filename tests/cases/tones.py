"""F: gray, inks and gammas that are not sRGB's: the result has to be as light as the source looks."""

import io
import struct
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from tests.cases.case import Case
from tests.cases.pictures import EXACT, GRAY, LUMA, check_of, result_of
from tests.cases.profiles import dot_gain, four_inks, gray_of_dot_gain, gray_of_gamma
from tests.worker.imaging.pictures import packed, toned
from worker.imaging import PictureError

RENDERED = "99.9 % rendered within 2"
CODES = np.arange(256) / 255
SRGB = ImageCms.createProfile("sRGB")
ADOBE_RGB = (0.3127, 0.329, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
"""x and y of white, red, green and blue."""


def rendered(light: NDArray[np.float64]) -> NDArray[np.uint8]:
    """The scan as an sRGB screen shows it, from the light of each code."""
    codes = np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 1e-9) ** (1 / 2.4) - 0.055)
    return np.rint(codes * 255).astype(np.uint8)[LUMA]


def rendering_of(generate: Callable[[], bytes], right: Callable[[], NDArray[np.uint8]]) -> Callable[[], str]:
    """A check of the result's lightness against what viewers show of the source."""

    def check() -> str:
        try:
            result = np.asarray(result_of(generate()).convert("L"), np.int16)
        except PictureError as error:
            return error.code
        off = np.abs(result - right())
        return RENDERED if (off > 2).mean() <= 0.001 else f"off by up to {off.max()}, on average by {off.mean():.1f}"

    return check


def by_littlecms(picture: Image.Image, profile: bytes) -> NDArray[np.uint8]:
    shown = ImageCms.profileToProfile(picture, ImageCms.ImageCmsProfile(io.BytesIO(profile)), SRGB, outputMode="RGB")
    return np.asarray(shown.convert("L"))


def png(picture: Image.Image, **chunks: tuple[int, ...]) -> bytes:
    """A PNG with chunks of big-endian words: `gAMA=(45455,)`."""
    info = PngInfo()
    for name, words in chunks.items():
        info.add(name.encode(), struct.pack(f">{len(words)}L", *words))
    return packed(picture, "PNG", pnginfo=info)


def black_ink() -> Image.Image:
    nothing = Image.new("L", GRAY.size)
    return Image.merge("CMYK", (nothing, nothing, nothing, Image.fromarray(255 - LUMA)))


def inks() -> Image.Image:
    ink = Image.fromarray(255 - LUMA)
    return Image.merge("CMYK", (ink.point(lambda code: code // 2), ink, ink, ink.point(lambda code: code // 3)))


def ink_rendering(picture: Callable[[], Image.Image], kind: str, **how: object) -> Callable[[], str]:
    def source() -> bytes:
        return packed(picture(), kind, icc_profile=four_inks(), **how)

    return rendering_of(source, lambda: by_littlecms(Image.open(io.BytesIO(source())), four_inks()))


def _row(name: str, situation: str, check: Callable[[], str], right: str = RENDERED) -> Case:
    return Case(letter="F", name=name, situation=situation, right=right, check=check)


def _gray_row(kind: str, name: str, profile: bytes, light: NDArray[np.float64]) -> Case:
    file = f"gray_{name}.{kind.lower()}"
    how = {"lossless": True} if kind == "WEBP" else {"quality": 100} if kind in ("JPEG", "AVIF") else {}
    check = rendering_of(lambda: packed(GRAY, kind, icc_profile=profile, **how), lambda: rendered(light))
    return _row(file, "A gray profile of another tone than sRGB's.", check)


def _shades() -> list[Case]:
    profiles = {f"gamma_{gamma}": (gray_of_gamma(gamma), CODES**gamma) for gamma in (1.0, 1.8, 2.2)}
    profiles["dotgain20"] = (gray_of_dot_gain(0.2), dot_gain(0.2))
    return [_gray_row(kind, name, *tone) for kind in ("PNG", "TIFF") for name, tone in profiles.items()]


def primaries() -> tuple[int, ...]:
    return tuple(round(value * 100_000) for value in ADOBE_RGB)


def of_primaries() -> NDArray[np.uint8]:
    """By PNG's definition of gAMA and cHRM, in floating point."""
    light = (np.asarray(toned(GRAY)) / 255) ** 2.2
    white, *columns = ((x / y, 1, (1 - x - y) / y) for x, y in zip(ADOBE_RGB[::2], ADOBE_RGB[1::2], strict=True))
    to_xyz = np.array(columns).T * np.linalg.solve(np.array(columns).T, white)
    to_srgb = np.array([[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]])
    linear = np.clip(light @ to_xyz.T @ to_srgb.T, 0, 1)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray(Image.fromarray(np.rint(encoded * 255).astype(np.uint8)).convert("L"))


CASES = [
    *_shades(),
    _gray_row("JPEG", "gamma_1.8", gray_of_gamma(1.8), CODES**1.8),
    _gray_row("AVIF", "gamma_1.8", gray_of_gamma(1.8), CODES**1.8),
    _row(
        "gray_alpha.png",
        "Gray with alpha, with a linear gray profile.",
        rendering_of(
            lambda: packed(GRAY.convert("LA"), "PNG", icc_profile=gray_of_gamma(1.0)), lambda: rendered(CODES)
        ),
    ),
    _row("gama_linear.png", "gAMA 1.0.", rendering_of(lambda: png(GRAY, gAMA=(100_000,)), lambda: rendered(CODES))),
    _row("gama_mac.png", "gAMA 1/1.8.", rendering_of(lambda: png(GRAY, gAMA=(55_556,)), lambda: rendered(CODES**1.8))),
    _row(
        "gama_linear_rgb.png",
        "gAMA 1.0, as RGB.",
        rendering_of(lambda: png(GRAY.convert("RGB"), gAMA=(100_000,)), lambda: rendered(CODES)),
    ),
    _row(
        "gama_srgb.png",
        "gAMA 1/2.2, as encoders write it for sRGB.",
        check_of(lambda: png(GRAY, gAMA=(45_455,))),
        EXACT,
    ),
    _row("gama_zero.png", "gAMA 0, which means nothing.", check_of(lambda: png(GRAY, gAMA=(0,))), EXACT),
    _row(
        "chrm_adobe.png",
        "gAMA and cHRM of Adobe RGB.",
        rendering_of(lambda: png(toned(GRAY), gAMA=(45_455,), cHRM=primaries()), of_primaries),
    ),
    _row(
        "chrm_nonsense.png",
        "cHRM without primaries.",
        check_of(lambda: png(GRAY.convert("RGB"), gAMA=(45_455,), cHRM=(1,) * 8)),
        EXACT,
    ),
    _row(
        "broken_profile.png",
        "A gray profile without a curve.",
        check_of(lambda: packed(GRAY, "PNG", icc_profile=gray_of_gamma(1.0)[:140])),
        EXACT,
    ),
    _row("black_ink.jpg", "K alone, with a CMYK profile.", ink_rendering(black_ink, "JPEG", quality=100)),
    _row("black_ink.tif", "K alone, with a CMYK profile.", ink_rendering(black_ink, "TIFF")),
    _row("four_inks.jpg", "Four inks, with a CMYK profile.", ink_rendering(inks, "JPEG", quality=100)),
    _row("four_inks.tif", "Four inks, with a CMYK profile.", ink_rendering(inks, "TIFF")),
]
