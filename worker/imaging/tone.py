"""Converts gray, inks, and PNGs of another gamma to sRGB's tone, so that the result is as light as the source looks.

A result is RGB and cannot keep a gray or CMYK profile. Without the conversion, the same codes would be shown lighter or
darker. RGB profiles are kept instead, together with the codes.
"""

import io
import struct
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from worker.imaging.icc import matrix_profile

Gamma: TypeAlias = tuple[float, bytes | None]
"""PNG's gAMA, the exponent from light to code, and a profile for it and cHRM if the primaries are not sRGB's."""

_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
_SRGB_CHROMATICITIES = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
_SRGB_GAMMA, _GAMMA_TOLERANCE = 1 / 2.2, 0.05
_CHROMATICITY_TOLERANCE = 0.005
_GRAY_MODES = {"L", "LA"}


def luma_of(image: Image.Image) -> NDArray[np.uint8]:
    """The luma plane of a loaded picture: Pillow's `convert("L")`, in sRGB's tone."""
    tone = tone_of(image)
    if tone is None:
        return np.asarray(image.convert("L"))
    if isinstance(tone, bytes):
        pixels = image if image.mode == "CMYK" else image.convert("L")
        return in_srgb_tone(np.asarray(pixels), tone)
    return _from_gamma(image, *tone)


def tone_of(image: Image.Image) -> bytes | Gamma | None:
    """What the picture's codes have to be converted from: a gray or CMYK profile, or a gamma. None for sRGB and RGB."""
    profile = image.info.get("icc_profile")
    if isinstance(profile, bytes) and profile:
        space = profile[16:20]
        # An AVIF is always decoded to RGB, even if it has nothing but luma.
        is_gray = image.mode in _GRAY_MODES or image.format == "AVIF"
        fits = (space == b"GRAY" and is_gray) or (space == b"CMYK" and image.mode == "CMYK")
        return profile if fits and _is_usable(profile) else None
    gamma = image.info.get("gamma")
    if image.format != "PNG" or "srgb" in image.info or not isinstance(gamma, float) or gamma <= 0:
        return None
    primaries = None if image.mode in _GRAY_MODES else _profile_of(image.info.get("chromaticity"), gamma)
    # Encoders write 1/2.2 for sRGB, and decoders take anything near it for sRGB.
    is_srgb = abs(gamma / _SRGB_GAMMA - 1) <= _GAMMA_TOLERANCE
    return None if is_srgb and primaries is None else (gamma, primaries)


def in_srgb_tone(pixels: NDArray[np.uint8], profile: bytes) -> NDArray[np.uint8]:
    """Luma [h, w] in sRGB's tone from gray [h, w] with a gray profile, or CMYK [h, w, 4] with a CMYK profile.

    In CMYK, 255 is full ink. A profile that LittleCMS cannot use raises ImageCms.PyCMSError.
    """
    if pixels.ndim == 3:
        return np.asarray(_to_srgb(Image.fromarray(pixels, "CMYK"), profile).convert("L"))
    codes = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    # Optimized, LittleCMS interpolates curves: the darkest codes of a linear profile would be off by up to 10.
    converted = _to_srgb(codes, profile, flags=ImageCms.Flags.NOOPTIMIZE)
    return _looked_up(pixels, np.asarray(converted.convert("L"))[0])


def rgb_in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """An RGB picture in sRGB. A profile that LittleCMS cannot use raises ImageCms.PyCMSError or OSError."""
    return _to_srgb(image, profile)


def _looked_up(pixels: NDArray[np.uint8], codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    converted: NDArray[np.uint8] = codes[pixels]
    return converted


def _to_srgb(image: Image.Image, profile: bytes, flags: ImageCms.Flags = ImageCms.Flags.NONE) -> Image.Image:
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    transform = ImageCms.buildTransform(source, _SRGB, image.mode, "RGB", ImageCms.Intent.PERCEPTUAL, flags)
    converted = ImageCms.applyTransform(image, transform)
    assert converted is not None  # It is only None in place.
    return converted


def _is_usable(profile: bytes) -> bool:
    mode = {b"GRAY": "L", b"CMYK": "CMYK"}[profile[16:20]]
    try:
        _to_srgb(Image.new(mode, (1, 1)), profile)
    except (ImageCms.PyCMSError, OSError):
        return False
    return True


def _from_gamma(image: Image.Image, gamma: float, primaries: bytes | None) -> NDArray[np.uint8]:
    if primaries is not None:
        return np.asarray(_to_srgb(image.convert("RGB"), primaries).convert("L"))
    light = (np.arange(256) / 255) ** (1 / gamma)
    encoded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    codes = np.rint(encoded * 255).astype(np.uint8)
    if image.mode in _GRAY_MODES:
        return _looked_up(np.asarray(image.convert("L")), codes)
    return np.asarray(image.convert("RGB").point(codes.tolist() * 3).convert("L"))


def _profile_of(chromaticities: Sequence[float] | None, gamma: float) -> bytes | None:
    if chromaticities is None or np.allclose(chromaticities, _SRGB_CHROMATICITIES, atol=_CHROMATICITY_TOLERANCE):
        return None
    try:
        profile = matrix_profile(chromaticities, 1 / gamma)
        _to_srgb(Image.new("RGB", (1, 1)), profile)
    except (ValueError, np.linalg.LinAlgError, struct.error, ImageCms.PyCMSError):
        return None  # There are no such primaries.
    return profile
