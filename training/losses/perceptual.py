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
        for weight, x, y in zip(self.weights, maps, target, strict=True):
            total = total + ((_unit(x) - _unit(y)) ** 2 * weight).sum(dim=1).mean()
        return total


def _unit(maps: Tensor) -> Tensor:
    """The maps normalized at each place to length 1 over the channels."""
    return maps * torch.rsqrt((maps**2).sum(1, keepdim=True) + 1e-10)
