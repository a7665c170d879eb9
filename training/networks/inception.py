"""Inception v3 for the Fréchet distance that papers report as FID, with weights from a file.

Szegedy et al., "Rethinking the Inception Architecture" (2015), as Heusel et al. (2017) used it: the network of the
TensorFlow release of 2015-12-05, whose average pooling excludes the padding and whose last block uses max pooling.
Parameters are named as in torchvision and in `pytorch-fid`, whose weights fit.
"""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from training.networks.pretrained import reading_weights
from training.networks.squeezenet import Features

INPUT_SIDE = 299
_NOT_FEATURES = ("fc.", "AuxLogits.")


class Inception(nn.Module):
    """[H, W, 3] sRGB pictures to the [2048] features of the last pooling."""

    def __init__(self) -> None:
        super().__init__()
        self.Conv2d_1a_3x3 = _Conv(3, 32, 3, stride=2)
        self.Conv2d_2a_3x3 = _Conv(32, 32, 3)
        self.Conv2d_2b_3x3 = _Conv(32, 64, 3, padding=1)
        self.Conv2d_3b_1x1 = _Conv(64, 80, 1)
        self.Conv2d_4a_3x3 = _Conv(80, 192, 3)
        self.Mixed_5b = _Square(192, 32)
        self.Mixed_5c = _Square(256, 64)
        self.Mixed_5d = _Square(288, 64)
        self.Mixed_6a = _Halving(288)
        self.Mixed_6b = _Crossed(128)
        self.Mixed_6c = _Crossed(160)
        self.Mixed_6d = _Crossed(160)
        self.Mixed_6e = _Crossed(192)
        self.Mixed_7a = _LastHalving()
        self.Mixed_7b = _Fan(1280, pools_by_maximum=False)
        self.Mixed_7c = _Fan(2048, pools_by_maximum=True)

    @classmethod
    def load(cls, file: Path) -> "Inception":
        """Load the features, strictly; classifiers in the file are ignored. Raises OSError or ValueError."""
        network = cls()
        with reading_weights("Inception v3", file):
            state = {key: tensor for key, tensor in load_file(file).items() if not key.startswith(_NOT_FEATURES)}
            network.load_state_dict(state, strict=True)
        return network.eval().requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        """[N, 3, 299, 299] in -1..1 to [N, 2048]."""
        for name, layer in self.named_children():
            if name in ("Conv2d_3b_1x1", "Mixed_5b"):
                x = functional.max_pool2d(x, 3, stride=2)
            x = layer(x)
        return x.mean(dim=(2, 3))

    @torch.inference_mode()
    def describe(self, picture: NDArray[np.uint8]) -> Features:
        x = torch.from_numpy(picture.astype(np.float32) / 255).permute(2, 0, 1).unsqueeze(0)
        size = (INPUT_SIDE, INPUT_SIDE)
        x = functional.interpolate(x, size=size, mode="bilinear", align_corners=False)
        return np.asarray(self(2 * x - 1)[0].double().numpy())


class _Conv(nn.Module):
    def __init__(
        self, inputs: int, outputs: int, kernel: int | tuple[int, int], *, stride: int = 1, padding: int = 0
    ) -> None:
        super().__init__()
        # 1 × n kernels keep the size; square ones pad by `padding`.
        around = (kernel[0] // 2, kernel[1] // 2) if isinstance(kernel, tuple) else (padding, padding)
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=around, bias=False)
        self.bn = nn.BatchNorm2d(outputs, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.bn(self.conv(x)))


class _Square(nn.Module):
    def __init__(self, inputs: int, pooled: int) -> None:
        super().__init__()
        self.branch1x1 = _Conv(inputs, 64, 1)
        self.branch5x5_1 = _Conv(inputs, 48, 1)
        self.branch5x5_2 = _Conv(48, 64, 5, padding=2)
        self.branch3x3dbl_1 = _Conv(inputs, 64, 1)
        self.branch3x3dbl_2 = _Conv(64, 96, 3, padding=1)
        self.branch3x3dbl_3 = _Conv(96, 96, 3, padding=1)
        self.branch_pool = _Conv(inputs, pooled, 1)

    def forward(self, x: Tensor) -> Tensor:
        five = self.branch5x5_2(self.branch5x5_1(x))
        three = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        return torch.cat([self.branch1x1(x), five, three, self.branch_pool(_average(x))], dim=1)


class _Halving(nn.Module):
    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.branch3x3 = _Conv(inputs, 384, 3, stride=2)
        self.branch3x3dbl_1 = _Conv(inputs, 64, 1)
        self.branch3x3dbl_2 = _Conv(64, 96, 3, padding=1)
        self.branch3x3dbl_3 = _Conv(96, 96, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        three = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        return torch.cat([self.branch3x3(x), three, functional.max_pool2d(x, 3, stride=2)], dim=1)


class _Crossed(nn.Module):
    """Kernels of 7 × 7 as 1 × 7 after 7 × 1."""

    def __init__(self, inner: int) -> None:
        super().__init__()
        self.branch1x1 = _Conv(768, 192, 1)
        self.branch7x7_1 = _Conv(768, inner, 1)
        self.branch7x7_2 = _Conv(inner, inner, (1, 7))
        self.branch7x7_3 = _Conv(inner, 192, (7, 1))
        self.branch7x7dbl_1 = _Conv(768, inner, 1)
        self.branch7x7dbl_2 = _Conv(inner, inner, (7, 1))
        self.branch7x7dbl_3 = _Conv(inner, inner, (1, 7))
        self.branch7x7dbl_4 = _Conv(inner, inner, (7, 1))
        self.branch7x7dbl_5 = _Conv(inner, 192, (1, 7))
        self.branch_pool = _Conv(768, 192, 1)

    def forward(self, x: Tensor) -> Tensor:
        seven = self.branch7x7_3(self.branch7x7_2(self.branch7x7_1(x)))
        twice = self.branch7x7dbl_3(self.branch7x7dbl_2(self.branch7x7dbl_1(x)))
        twice = self.branch7x7dbl_5(self.branch7x7dbl_4(twice))
        return torch.cat([self.branch1x1(x), seven, twice, self.branch_pool(_average(x))], dim=1)


class _LastHalving(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.branch3x3_1 = _Conv(768, 192, 1)
        self.branch3x3_2 = _Conv(192, 320, 3, stride=2)
        self.branch7x7x3_1 = _Conv(768, 192, 1)
        self.branch7x7x3_2 = _Conv(192, 192, (1, 7))
        self.branch7x7x3_3 = _Conv(192, 192, (7, 1))
        self.branch7x7x3_4 = _Conv(192, 192, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        seven = self.branch7x7x3_3(self.branch7x7x3_2(self.branch7x7x3_1(x)))
        three = self.branch3x3_2(self.branch3x3_1(x))
        return torch.cat([three, self.branch7x7x3_4(seven), functional.max_pool2d(x, 3, stride=2)], dim=1)


class _Fan(nn.Module):
    def __init__(self, inputs: int, *, pools_by_maximum: bool) -> None:
        super().__init__()
        self._pools_by_maximum = pools_by_maximum
        self.branch1x1 = _Conv(inputs, 320, 1)
        self.branch3x3_1 = _Conv(inputs, 384, 1)
        self.branch3x3_2a = _Conv(384, 384, (1, 3))
        self.branch3x3_2b = _Conv(384, 384, (3, 1))
        self.branch3x3dbl_1 = _Conv(inputs, 448, 1)
        self.branch3x3dbl_2 = _Conv(448, 384, 3, padding=1)
        self.branch3x3dbl_3a = _Conv(384, 384, (1, 3))
        self.branch3x3dbl_3b = _Conv(384, 384, (3, 1))
        self.branch_pool = _Conv(inputs, 192, 1)

    def forward(self, x: Tensor) -> Tensor:
        three = self.branch3x3_1(x)
        twice = self.branch3x3dbl_2(self.branch3x3dbl_1(x))
        pooled = functional.max_pool2d(x, 3, stride=1, padding=1) if self._pools_by_maximum else _average(x)
        parts = [self.branch1x1(x), self.branch3x3_2a(three), self.branch3x3_2b(three)]
        parts += [self.branch3x3dbl_3a(twice), self.branch3x3dbl_3b(twice), self.branch_pool(pooled)]
        return torch.cat(parts, dim=1)


def _average(x: Tensor) -> Tensor:
    return functional.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False)
