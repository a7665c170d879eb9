"""The encoders by the names that recipes use, trained on ImageNet or from scratch.

Parameters have the names of each network's published weights, so that those load strictly.
"""

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional

from worker.colorizer.efficientnet import EfficientNetLite0, EfficientNetLite1, EfficientNetLite2
from worker.colorizer.encoder import Encoder
from worker.colorizer.layers import conv_norm

# (expansion, channels, blocks, stride of the first), Sandler et al., table 2.
_MOBILE_STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
_MOBILE_TAPS = (3, 6, 13)  # The last features at stride 4, 8 and 16.


class InvertedResidual(nn.Module):
    """Expand, filter each channel, project. The input is added if it has the output's shape."""

    def __init__(self, inputs: int, outputs: int, *, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        self.conv = nn.Sequential(
            *conv_norm(inputs, hidden, 1, activation=nn.ReLU6),
            *conv_norm(hidden, hidden, 3, stride=stride, groups=hidden, activation=nn.ReLU6),
            *conv_norm(hidden, outputs, 1, activation=None),
        )
        self.adds_input = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.conv(x)
        return x + y if self.adds_input else y


class MobileNetV2(Encoder):
    """Sandler et al., "MobileNetV2" (2018), nested as `features.N.conv.M`."""

    title = "MobileNetV2"
    skip_channels = (24, 32, 96)
    top_channels = 1280

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Sequential(*conv_norm(3, 32, 3, stride=2, activation=nn.ReLU6))]
        channels = 32
        for expansion, outputs, blocks, first_stride in _MOBILE_STAGES:
            for block in range(blocks):
                stride = first_stride if block == 0 else 1
                layers.append(InvertedResidual(channels, outputs, stride=stride, expansion=expansion))
                channels = outputs
        layers.append(nn.Sequential(*conv_norm(channels, self.top_channels, 1, activation=nn.ReLU6)))
        self.features = nn.Sequential(*layers)

    def maps(self, x: Tensor) -> list[Tensor]:
        taps: list[Tensor] = []
        for number, layer in enumerate(self.features):
            x = layer(x)
            if number in _MOBILE_TAPS:
                taps.append(x)
        return [*taps, x]

    def early_layers(self) -> Sequence[nn.Module]:
        return list(self.features)


_SQUEEZE = 4


class PreActivation(nn.Module):
    """A bottleneck whose norms come first. `down` projects the input if its shape differs from the output's."""

    def __init__(self, inputs: int, outputs: int, *, stride: int) -> None:
        super().__init__()
        inner = outputs // _SQUEEZE
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, inner, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(inner, inner, 3, stride=stride, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(inner)
        self.conv3 = nn.Conv2d(inner, outputs, 1, bias=False)
        self.down = nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False) if inputs != outputs else None

    def forward(self, x: Tensor) -> Tensor:
        active = functional.relu(self.bn1(x))
        y: Tensor = self.conv1(active)
        y = self.conv2(functional.relu(self.bn2(y)))
        y = self.conv3(functional.relu(self.bn3(y)))
        return y + (x if self.down is None else self.down(active))


def _residual_stage(inputs: int, outputs: int, *, blocks: int, stride: int) -> nn.Sequential:
    first = PreActivation(inputs, outputs, stride=stride)
    return nn.Sequential(first, *(PreActivation(outputs, outputs, stride=1) for _ in range(blocks - 1)))


class ResNet50V2(Encoder):
    """He et al., "Identity Mappings in Deep Residual Networks" (2016), to stride 16; the step to 32 is an addition."""

    title = "ResNet-50 v2"
    unpublished = ("top.",)
    skip_channels = (256, 512, 1024)
    top_channels = 768

    def __init__(self) -> None:
        super().__init__()
        self.bn0 = nn.BatchNorm2d(3, affine=False)
        self.conv0 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.stage1 = _residual_stage(64, 256, blocks=3, stride=1)
        self.stage2 = _residual_stage(256, 512, blocks=4, stride=2)
        self.stage3 = _residual_stage(512, 1024, blocks=6, stride=2)
        self.bn_out = nn.BatchNorm2d(1024)
        self.top = nn.Sequential(*conv_norm(1024, self.top_channels, 3, stride=2, activation=nn.ReLU))

    def maps(self, x: Tensor) -> list[Tensor]:
        x = functional.relu(self.bn1(self.conv0(self.bn0(x))))
        quarter = self.stage1(functional.max_pool2d(x, 3, stride=2, padding=1))
        eighth = self.stage2(quarter)
        sixteenth = functional.relu(self.bn_out(self.stage3(eighth)))
        return [quarter, eighth, sixteenth, self.top(sixteenth)]

    def early_layers(self) -> Sequence[nn.Module]:
        return [nn.ModuleList([self.bn0, self.conv0, self.bn1]), self.stage1, self.stage2, self.stage3]


ENCODERS: dict[str, type[Encoder]] = {
    "mobilenetv2": MobileNetV2,
    "resnet50v2": ResNet50V2,
    "efficientnet_lite0": EfficientNetLite0,
    "efficientnet_lite1": EfficientNetLite1,
    "efficientnet_lite2": EfficientNetLite2,
}
