"""The input of the discriminator of projected features: Sauer et al., "Projected GANs Converge Faster" (2021).

Feature maps of a frozen classifier at four depths, mixed by random convolutions over channels and from deep to shallow.
Without the mix a discriminator uses a few channels and ignores the rest.
"""

from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.networks.pretrained import load_features
from worker.colorizer.efficientnet import EfficientNetLite2
from worker.colorizer.encoder import Encoder

PROJECTED_MAPS = {0: 32, 1: 64, 2: 128, 3: 256}  # At stride 4, 8, 16 and 32, and their channels.
_SEED = 0  # A resumed run needs the same mix.


class Projection(nn.Module):
    """[N, 3, H, W] sRGB in 0..1 to the maps of `PROJECTED_MAPS`; gradients reach the picture, no weight is trained."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder
        widths = list(PROJECTED_MAPS.values())
        with torch.random.fork_rng():
            torch.manual_seed(_SEED)
            depths = (*encoder.skip_channels, encoder.top_channels)
            self.across = nn.ModuleList(
                _random_convolution(depth, width, 1) for depth, width in zip(depths, widths, strict=True)
            )
            self.upward = nn.ModuleList(_random_convolution(deep, width, 3) for width, deep in pairwise(widths))
        self.eval().requires_grad_(False)

    @classmethod
    def load(cls, path: Path) -> "Projection":
        """On EfficientNet-Lite2, read strictly. Raises OSError or ValueError."""
        encoder = EfficientNetLite2()
        load_features(encoder, encoder.title, path)
        return cls(encoder).to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]

    def train(self, mode: bool = True) -> "Projection":
        """Stays in evaluation mode, with the classifier's own statistics."""
        return super().train(False)

    def forward(self, picture: Tensor) -> list[Tensor]:
        encoder = self.encoder
        normal = ((picture - encoder.mean) / encoder.std).contiguous(memory_format=torch.channels_last)
        maps = [mix(_normalized(depth)) for mix, depth in zip(self.across, encoder.maps(normal), strict=True)]
        for number in reversed(range(len(self.upward))):
            deeper = functional.interpolate(maps[number + 1], size=maps[number].shape[2:], mode="bilinear")
            maps[number] = (maps[number] + self.upward[number](deeper)) / 2**0.5
        return maps


def blurred(picture: Tensor, sigma: float) -> Tensor:
    """Blurred by a Gaussian; a sigma of 0 changes nothing."""
    if sigma <= 0:
        return picture
    radius = max(1, round(3 * sigma))
    offsets = torch.arange(-radius, radius + 1, device=picture.device, dtype=picture.dtype)
    window = torch.softmax(-(offsets**2) / (2 * sigma**2), dim=0)
    channels = picture.shape[1]
    for shape in ((1, 1, -1, 1), (1, 1, 1, -1)):
        kernel = window.view(shape).expand(channels, 1, -1, -1)
        sides = (0, 0, radius, radius) if shape[2] == -1 else (radius, radius, 0, 0)
        picture = functional.conv2d(functional.pad(picture, sides, mode="replicate"), kernel, groups=channels)
    return picture


def _random_convolution(inputs: int, outputs: int, kernel: int) -> nn.Conv2d:
    """With random weights that keep the variance."""
    convolution = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False)
    nn.init.normal_(convolution.weight, std=(inputs * kernel**2) ** -0.5)
    return convolution


def _normalized(maps: Tensor) -> Tensor:
    """Scale the map of each picture to a mean square of 1: the depths differ thirtyfold."""
    return maps * torch.rsqrt(maps.float().square().mean(dim=(1, 2, 3), keepdim=True) + 1e-6)
