"""SqueezeNet 1.1 (Iandola et al. 2016) as a feature extractor, with weights from a file."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn

from training.networks.pretrained import reading_weights

_MEAN = (0.485, 0.456, 0.406)
_STD = (0.229, 0.224, 0.225)
# (inputs, squeezed, expanded on each side); the layers between them are poolings.
_FIRES = {
    3: (64, 16, 64),
    4: (128, 16, 64),
    6: (128, 32, 128),
    7: (256, 32, 128),
    9: (256, 48, 192),
    10: (384, 48, 192),
    11: (384, 64, 256),
    12: (512, 64, 256),
}

Features = NDArray[np.float64]


class _Fire(nn.Module):
    def __init__(self, inputs: int, squeezed: int, expanded: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(inputs, squeezed, 1)
        self.expand1x1 = nn.Conv2d(squeezed, expanded, 1)
        self.expand3x3 = nn.Conv2d(squeezed, expanded, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.squeeze(x))
        return torch.relu(torch.cat([self.expand1x1(x), self.expand3x3(x)], dim=1))


class SqueezeNet(nn.Module):
    """[H, W, 3] sRGB pictures to [512] pooled features."""

    def __init__(self) -> None:
        super().__init__()
        first: list[nn.Module] = [nn.Conv2d(3, 64, 3, stride=2), nn.ReLU()]
        rest = [
            _Fire(*_FIRES[number]) if number in _FIRES else nn.MaxPool2d(3, 2, ceil_mode=True)
            for number in range(2, 13)
        ]
        self.features = nn.Sequential(*first, *rest)

    @classmethod
    def load(cls, file: Path) -> "SqueezeNet":
        """Load the features, strictly; a classifier in the file is ignored. Raises OSError or ValueError."""
        network = cls()
        with reading_weights("SqueezeNet 1.1", file):
            state = {key: tensor for key, tensor in load_file(file).items() if not key.startswith("classifier.")}
            network.load_state_dict(state, strict=True)
        return network.eval().requires_grad_(False)

    @torch.inference_mode()
    def describe(self, picture: NDArray[np.uint8]) -> Features:
        x = (torch.from_numpy(picture.astype(np.float32) / 255) - torch.tensor(_MEAN)) / torch.tensor(_STD)
        return np.asarray(self.features(x.permute(2, 0, 1).unsqueeze(0)).mean(dim=(2, 3))[0].double().numpy())
