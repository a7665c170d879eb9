"""Previews: a small sRGB picture, upright, of a source or of its result, for lists of pictures and for comparing."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from worker.imaging.network_view import upright
from worker.imaging.tone import rgb_in_srgb, tone_of

LONGEST_SIDE = 512
# Half a second of scrolling shows dozens of them.
QUALITY = 50
# The thorough methods take several times as long for files that are a tenth smaller.
METHOD = 2
_COLOR_MODES = {"P", "PA", "RGB", "RGBX", "RGBA", "CMYK", "YCbCr"}


def preview_of(image: Image.Image, orientation: int, profile: bytes | None = None) -> bytes:
    """As WebP. `profile` is what the codes of an RGB picture have to be converted from."""
    scale = min(1.0, LONGEST_SIDE / max(image.size))
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    small = _resizable(image).resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
    small = small if small.mode in {"L", "RGBA"} else small.convert("RGB")
    if profile is not None and small.mode == "RGB":
        small = _converted(small, profile)
    out = io.BytesIO()
    upright(small, orientation).save(out, "WEBP", quality=QUALITY, method=METHOD)
    return out.getvalue()


def source_preview(image: Image.Image, luma: NDArray[np.uint8], orientation: int) -> bytes:
    """Of an opened source whose pixels are loaded. What is gray, or not in sRGB's tone, is shown by its luma."""
    if image.mode not in _COLOR_MODES or tone_of(image) is not None:
        return preview_of(Image.fromarray(luma), orientation)
    return preview_of(image, orientation, image.info.get("icc_profile"))


def _resizable(image: Image.Image) -> Image.Image:
    """Colors of a palette cannot be mixed."""
    if image.mode not in {"P", "PA"}:
        return image
    return image.convert("RGBA" if image.mode == "PA" or "transparency" in image.info else "RGB")


def _converted(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        return rgb_in_srgb(image, profile)
    except (ImageCms.PyCMSError, OSError):
        return image  # Viewers ignore a damaged profile, too.
