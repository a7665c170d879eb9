"""Lightness and chroma to sRGB, as differentiable tensors: the input of networks trained on pictures."""

import torch
from torch import Tensor
from torch.nn import functional

from worker.colorizer.color import FROM_RELATIVE

_DELTA = 6 / 29


def rgb_from_prediction(lightness: Tensor, ab: Tensor) -> Tensor:
    """[N, 1, H, W] lightness and [N, 2, h, w] ab in Lab units to [N, 3, H, W] sRGB in 0..1, clipped to the gamut.

    The chroma is upsampled bilinearly, as in evaluation.
    """
    a, b = functional.interpolate(ab, size=lightness.shape[2:], mode="bilinear", align_corners=False).unbind(1)
    y = (lightness[:, 0] + 16) / 116
    f = torch.stack([y + a / 500, y, y - b / 200], dim=1)
    relative = torch.where(f > _DELTA, f**3, 3 * _DELTA**2 * (f - 4 / 29))
    linear = torch.einsum("nchw,rc->nrhw", relative, torch.from_numpy(FROM_RELATIVE).to(f.device))
    # The root's slope is infinite at 0, so it is clipped before; the linear branch covers the dark end.
    root = 1.055 * linear.clamp(0.0031308, 1) ** (1 / 2.4) - 0.055
    return torch.where(linear <= 0.0031308, 12.92 * linear.clamp_min(0), root)
