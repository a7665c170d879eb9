"""The generator: a MobileNetV2 encoder and a U-Net decoder from lightness to chroma. No files, no losses.

The encoder is Sandler et al., "MobileNetV2" (2018), its parameters nested as `features.N.conv.M`, the layout in
which ImageNet weights are published, so that they load strictly. The decoder mixes in the scene's pooled features,
after Iizuka et al., "Let there be Color!" (2016): a patch of gray knows whether it lies on a beach or in a street.
Attention over the smallest map and the input for hints are there if the configuration says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from worker.colorizer.attention import Attention
from worker.colorizer.bins import ab_bins
from worker.colorizer.hints import HintPyramid

# What ImageNet encoders expect of RGB in 0..1; a gray picture has the same value in all three.
_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_STD = (0.229, 0.224, 0.225)

# (expansion, channels, blocks, stride of the first), Sandler et al., table 2.
_STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
_TAPS = (3, 6, 13)  # The last features at stride 4, 8 and 16.
_TAP_CHANNELS = (24, 32, 96)
_TOP_CHANNELS = 1280

STRIDE = 32  # Height and width of the input must be multiples of this.
OUTPUT_STRIDE = 4
# Heads work in numbers around 1; this many Lab units are one.
AB_SCALE = 32.0


@dataclass(frozen=True)
class GeneratorConfig:
    """Everything needed to build the network that a checkpoint's weights fit into."""

    decoder_channels: tuple[int, int, int, int] = (192, 160, 96, 64)  # At stride 32, 16, 8 and 4.
    bin_grid: int = 10  # Side of an ab bin in Lab units.
    attention_blocks: int = 0  # Transformer blocks at stride 32.
    hints: bool = False  # Whether there is an input for known colors.


def _conv_norm(
    inputs: int,
    outputs: int,
    kernel: int,
    *,
    stride: int = 1,
    groups: int = 1,
    activation: type[nn.Module] | None,
) -> list[nn.Module]:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, groups=groups, bias=False)
    layers: list[nn.Module] = [convolution, nn.BatchNorm2d(outputs)]
    return [*layers, activation(inplace=True)] if activation else layers


class InvertedResidual(nn.Module):
    """Expand, filter each channel, project; the input is added where the shape allows it."""

    def __init__(self, inputs: int, outputs: int, *, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        self.conv = nn.Sequential(
            *_conv_norm(inputs, hidden, 1, activation=nn.ReLU6),
            *_conv_norm(hidden, hidden, 3, stride=stride, groups=hidden, activation=nn.ReLU6),
            *_conv_norm(hidden, outputs, 1, activation=None),
        )
        self.adds_input = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.conv(x)
        return x + y if self.adds_input else y


class Encoder(nn.Module):
    """Lightness to features at stride 4, 8, 16 and, last, 32."""

    mean: Tensor
    std: Tensor

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Sequential(*_conv_norm(3, 32, 3, stride=2, activation=nn.ReLU6))]
        channels = 32
        for expansion, outputs, blocks, first_stride in _STAGES:
            for block in range(blocks):
                stride = first_stride if block == 0 else 1
                layers.append(InvertedResidual(channels, outputs, stride=stride, expansion=expansion))
                channels = outputs
        layers.append(nn.Sequential(*_conv_norm(channels, _TOP_CHANNELS, 1, activation=nn.ReLU6)))
        self.features = nn.Sequential(*layers)
        self.register_buffer("mean", torch.tensor(_IMAGENET_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(_IMAGENET_STD).view(1, 3, 1, 1), persistent=False)

    def forward(self, lightness: Tensor) -> list[Tensor]:
        x = (lightness / 100 - self.mean) / self.std
        taps: list[Tensor] = []
        for number, layer in enumerate(self.features):
            x = layer(x)
            if number in _TAPS:
                taps.append(x)
        return [*taps, x]


class Up(nn.Module):
    """Twice the size, joined with the encoder's features of that size."""

    def __init__(self, inputs: int, skip: int, outputs: int) -> None:
        super().__init__()
        self.narrow = nn.Sequential(*_conv_norm(inputs, outputs, 1, activation=nn.ReLU))
        self.join = nn.Sequential(*_conv_norm(outputs + skip, outputs, 3, activation=nn.ReLU))

    def forward(self, x: Tensor, skip: Tensor, hints: Tensor | None) -> Tensor:
        larger: Tensor = functional.interpolate(self.narrow(x), scale_factor=2.0, mode="bilinear", align_corners=False)
        if hints is not None:
            larger = larger + hints
        joined: Tensor = self.join(torch.cat([larger, skip], dim=1))
        return joined


class Decoder(nn.Module):
    """Features of all sizes, and hints if there are any, to one map at the output stride."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        top, *rest = config.decoder_channels
        self.local = nn.Sequential(*_conv_norm(_TOP_CHANNELS, top, 1, activation=None))
        self.scene = nn.Linear(_TOP_CHANNELS, top)
        self.attention = Attention(top, config.attention_blocks) if config.attention_blocks else nn.Identity()
        self.hints = HintPyramid(config.decoder_channels) if config.hints else None
        widths = [top, *rest]
        self.ups = nn.ModuleList(
            Up(inputs, skip, outputs)
            for inputs, skip, outputs in zip(widths, reversed(_TAP_CHANNELS), rest, strict=False)
        )

    def forward(self, features: Sequence[Tensor], hints: Tensor | None) -> Tensor:
        *skips, top = features
        scene = self.scene(top.mean(dim=(2, 3)))
        lowest, *levels = self._hint_maps(hints)
        seen = functional.relu(self.local(top) + scene[:, :, None, None])
        x: Tensor = self.attention(seen if lowest is None else seen + lowest)
        for up, skip, level in zip(self.ups, reversed(skips), levels, strict=True):
            x = up(x, skip, level)
        return x

    def _hint_maps(self, hints: Tensor | None) -> Sequence[Tensor | None]:
        """What is added at each level, lowest resolution first."""
        if hints is None:
            return [None] * (1 + len(self.ups))
        if self.hints is None:
            raise ValueError("this generator takes no hints")
        maps: Sequence[Tensor | None] = self.hints(hints)
        return maps


class Generator(nn.Module):
    """[N, 1, H, W] lightness in 0..100 to ([N, Q, h, w] logits over ab bins, [N, 2, h, w] ab in Lab units).

    H and W are multiples of `STRIDE`; h and w are a quarter of them. `hints` is [N, 3, h, w] (`hints.hint_map`);
    a map of zeros is the same as none. Raises ValueError if hints come and the configuration has no input for them.
    """

    bins: Tensor

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.config = config
        bins = torch.from_numpy(ab_bins(config.bin_grid))
        self.register_buffer("bins", bins, persistent=False)
        width = config.decoder_channels[-1]
        self.encoder = Encoder()
        self.decoder = Decoder(config)
        self.bin_head = nn.Conv2d(width, len(bins), 1)
        self.ab_head = nn.Conv2d(width, 2, 1)

    def forward(self, lightness: Tensor, hints: Tensor | None = None) -> tuple[Tensor, Tensor]:
        x = self.decoder(self.encoder(lightness), hints)
        return self.bin_head(x), self.ab_head(x) * AB_SCALE
