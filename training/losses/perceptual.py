"""The perceptual loss: the distance of two pictures in the features of a network trained on photographs.

LPIPS v0.1 on SqueezeNet (Zhang et al., "The Unreasonable Effectiveness of Deep Features", 2018), with weights from
files. Scores use AlexNet instead, so that the reported metric is not the one that was trained on.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from training.networks.pretrained import load_features, load_lpips_weights
from training.networks.squeezenet import SqueezeNet

_SHIFT = (-0.030, -0.088, -0.188)
_SCALE = (0.458, 0.448, 0.450)
_TAPS = (1, 4, 7, 9, 10, 11, 12)
_CHANNELS = (64, 128, 256, 384, 384, 512, 512)
_NEGLIGIBLE = 1e-10  # Squared length of features.


class PerceptualLoss(nn.Module):
    """Two [N, 3, H, W] sRGB in 0..1 to their mean distance; gradients flow to the first only."""

    shift: Tensor
    scale: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.features = SqueezeNet().features
        self.weights = nn.ParameterList(torch.zeros(1, channels, 1, 1) for channels in _CHANNELS)
        self.register_buffer("shift", torch.tensor(_SHIFT).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("scale", torch.tensor(_SCALE).view(1, 3, 1, 1), persistent=False)

    @classmethod
    def load(cls, folder: Path) -> "PerceptualLoss":
        """Load `squeezenet1_1_lpips_features.safetensors` and `lpips_squeeze_lin.safetensors`, strictly."""
        loss = cls()
        load_features(loss.features, "SqueezeNet", folder / "squeezenet1_1_lpips_features.safetensors")
        load_lpips_weights(loss.weights, "SqueezeNet", folder / "lpips_squeeze_lin.safetensors")
        return loss.eval().requires_grad_(False).to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]

    def forward(self, picture: Tensor, truth: Tensor) -> Tensor:
        with torch.no_grad():
            target = self.maps(truth)
        return self.distance(self.maps(picture), target)

    def maps(self, picture: Tensor) -> list[Tensor]:
        """The feature maps that are compared, from [N, 3, H, W] sRGB in 0..1."""
        x = (2 * picture - 1 - self.shift) / self.scale
        x = x.contiguous(memory_format=torch.channels_last)
        taken: list[Tensor] = []
        for number, layer in enumerate(self.features):
            x = layer(x)
            if number in _TAPS:
                taken.append(x.float())
        return taken

    def distance(self, maps: Sequence[Tensor], target: Sequence[Tensor]) -> Tensor:
        """The mean distance of pictures with these maps."""
        total = maps[0].new_zeros(())
        with torch.autocast(total.device.type, enabled=False):
            for weight, x, y in zip(self.weights, maps, target, strict=True):
                total = total + _distances(_places(x), _places(y), weight.flatten()).mean()
        return total


def _places(maps: Tensor) -> Tensor:
    """[N, C, h, w] to [places, C], without a copy if channels are last in memory."""
    return maps.permute(0, 2, 3, 1).reshape(-1, maps.shape[1])


def _distances(x: Tensor, y: Tensor, weight: Tensor) -> Tensor:
    """The weighted sum of squared differences of two [places, C], each normalized to length 1 over the channels.

    The square is multiplied out: half the passes over memory, and half the time, of the difference itself.
    """
    with torch.no_grad():
        length_y, square_y = _sums_of_squares(y, weight)
        weighted = y * weight
    length_x, square_x = _sums_of_squares(x, weight)
    product = torch.linalg.vecdot(x, weighted) * torch.rsqrt(length_x * length_y)
    distances: Tensor = square_x / length_x + square_y / length_y - 2 * product
    return distances


def _sums_of_squares(maps: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Over the channels, plain and weighted."""
    plain, weighted = (maps.square() @ torch.stack([torch.ones_like(weight), weight], dim=1)).unbind(1)
    return plain + _NEGLIGIBLE, weighted
