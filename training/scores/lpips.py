"""LPIPS v0.1 on AlexNet (Zhang et al., "The Unreasonable Effectiveness of Deep Features", 2018), weights from files."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from training.networks.pretrained import load_features, load_lpips_weights

_SHIFT = (-0.030, -0.088, -0.188)
_SCALE = (0.458, 0.448, 0.450)
_TAPS = (1, 4, 7, 9, 11)  # Each ReLU.
_CHANNELS = (64, 192, 384, 256, 256)


class LPIPS(nn.Module):
    """The perceptual distance of two pictures: 0 for equal ones, about 0.7 for unrelated ones."""

    shift: Tensor
    scale: Tensor

    def __init__(self) -> None:
        super().__init__()
        # Numbered as in torchvision's AlexNet.
        self.features = nn.Sequential(
            nn.Conv2d(3, 64, 11, stride=4, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(3, 2),
            nn.Conv2d(64, 192, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(3, 2),
            nn.Conv2d(192, 384, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(384, 256, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(256, 256, 3, padding=1),
            nn.ReLU(),
        )
        self.weights = nn.ParameterList(torch.zeros(1, channels, 1, 1) for channels in _CHANNELS)
        self.register_buffer("shift", torch.tensor(_SHIFT).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("scale", torch.tensor(_SCALE).view(1, 3, 1, 1), persistent=False)

    @classmethod
    def load(cls, folder: Path) -> "LPIPS":
        """Load `alexnet_features.safetensors`, `lpips_alex_lin.safetensors`, strictly. Raises OSError or ValueError."""
        metric = cls()
        load_features(metric.features, "AlexNet", folder / "alexnet_features.safetensors")
        load_lpips_weights(metric.weights, "AlexNet", folder / "lpips_alex_lin.safetensors")
        return metric.eval().requires_grad_(False)

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Two [N, 3, H, W] RGB in -1..1 to [N] distances."""
        total = torch.zeros(len(first))
        for weight, x, y in zip(self.weights, self._activations(first), self._activations(second), strict=True):
            total = total + ((x - y) ** 2 * weight).sum(dim=1).mean(dim=(1, 2))
        return total

    def _activations(self, picture: Tensor) -> list[Tensor]:
        x = (picture - self.shift) / self.scale
        taken: list[Tensor] = []
        for number, layer in enumerate(self.features):
            x = layer(x)
            if number in _TAPS:
                taken.append(x / (x.norm(dim=1, keepdim=True) + 1e-10))
        return taken

    @torch.inference_mode()
    def between(self, first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
        """The distance of two [H, W, 3] sRGB pictures."""
        return float(self(_tensor(first), _tensor(second)))


def _tensor(picture: NDArray[np.uint8]) -> Tensor:
    return torch.from_numpy(picture.astype(np.float32) / 127.5 - 1).permute(2, 0, 1).unsqueeze(0)
