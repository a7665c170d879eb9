"""The interface of encoders: lightness to features at stride 4, 8, 16 and 32."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn

# What most ImageNet encoders expect of RGB in 0..1; a gray picture has the same value in all three.
_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_DEVIATION = (0.229, 0.224, 0.225)


class Encoder(nn.Module):
    """[N, 1, H, W] lightness in 0..100 to four maps, at stride 4, 8, 16 and 32."""

    skip_channels: ClassVar[tuple[int, int, int]]  # At stride 4, 8 and 16.
    top_channels: ClassVar[int]
    title: ClassVar[str]  # For the notice of weights that started from published ones.
    origin: ClassVar[str] = "the ONNX model zoo (Apache-2.0)"  # The source of those weights, also for the notice.
    unpublished: ClassVar[tuple[str, ...]] = ()  # Prefixes of the keys that published weights lack.
    pixel_mean: ClassVar[tuple[float, float, float]] = _IMAGENET_MEAN
    pixel_deviation: ClassVar[tuple[float, float, float]] = _IMAGENET_DEVIATION
    mean: Tensor
    std: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(self.pixel_mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(self.pixel_deviation).view(1, 3, 1, 1), persistent=False)

    def forward(self, lightness: Tensor) -> list[Tensor]:
        return self.maps((lightness / 100 - self.mean) / self.std)

    @abstractmethod
    def maps(self, x: Tensor) -> list[Tensor]:
        """The four maps of a normalized picture."""

    @abstractmethod
    def early_layers(self) -> Sequence[nn.Module]:
        """The layers that a recipe can freeze, first to last."""
