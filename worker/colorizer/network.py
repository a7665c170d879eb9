"""The generator: an encoder and a U-Net decoder from lightness to chroma. No files, no losses.

The U-Net is Ronneberger et al.'s (2015). The decoder mixes in the scene's pooled features, after Iizuka et al., "Let
there be Color!" (2016): a patch of gray knows whether it lies on a beach or in a street.
Attention over the smallest map and the input for hints are optional parts of the configuration.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from worker.colorizer.attention import Attention
from worker.colorizer.bins import ab_bins
from worker.colorizer.encoders import ENCODERS
from worker.colorizer.hints import HintPyramid
from worker.colorizer.layers import conv_norm

STRIDE = 32  # Height and width of the input must be multiples of this.
OUTPUT_STRIDE = 4
# Heads output numbers around 1: Lab units divided by this.
AB_SCALE = 32.0


@dataclass(frozen=True)
class GeneratorConfig:
    """Everything needed to build the network for a checkpoint's weights."""

    decoder_channels: tuple[int, int, int, int] = (192, 160, 96, 64)  # At stride 32, 16, 8 and 4.
    bin_grid: int = 10  # Side of an ab bin in Lab units.
    attention_blocks: int = 0  # Transformer blocks at stride 32.
    hints: bool = False  # Whether there is an input for known colors.
    encoder: str = "mobilenetv2"  # Of `encoders.ENCODERS`.

    def __post_init__(self) -> None:
        if self.encoder not in ENCODERS:
            raise ValueError(f"Unknown encoder {self.encoder!r}. Choose {' or '.join(ENCODERS)}.")


class Up(nn.Module):
    """Upsampling by two, joined with the encoder's features of that size."""

    def __init__(self, inputs: int, skip: int, outputs: int) -> None:
        super().__init__()
        self.narrow = nn.Sequential(*conv_norm(inputs, outputs, 1, activation=nn.ReLU))
        self.join = nn.Sequential(*conv_norm(outputs + skip, outputs, 3, activation=nn.ReLU))

    def forward(self, x: Tensor, skip: Tensor, hints: Tensor | None) -> Tensor:
        larger: Tensor = functional.interpolate(self.narrow(x), scale_factor=2.0, mode="bilinear", align_corners=False)
        if hints is not None:
            larger = larger + hints
        joined: Tensor = self.join(torch.cat([larger, skip], dim=1))
        return joined


class Decoder(nn.Module):
    """Features of all sizes, and hints if there are any, to a map at the output stride."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        top, *rest = config.decoder_channels
        encoder = ENCODERS[config.encoder]
        self.local = nn.Sequential(*conv_norm(encoder.top_channels, top, 1, activation=None))
        self.scene = nn.Linear(encoder.top_channels, top)
        self.attention = Attention(top, config.attention_blocks) if config.attention_blocks else nn.Identity()
        self.hints = HintPyramid(config.decoder_channels) if config.hints else None
        widths = [top, *rest]
        self.ups = nn.ModuleList(
            Up(inputs, skip, outputs)
            for inputs, skip, outputs in zip(widths, reversed(encoder.skip_channels), rest, strict=False)
        )

    def forward(self, features: Sequence[Tensor], hints: Tensor | None) -> Tensor:
        *skips, top = features
        scene = self.scene(top.mean(dim=(2, 3)))
        lowest, *levels = self._hint_maps(hints)
        context = functional.relu(self.local(top) + scene[:, :, None, None])
        x: Tensor = self.attention(context if lowest is None else context + lowest)
        for up, skip, level in zip(self.ups, reversed(skips), levels, strict=True):
            x = up(x, skip, level)
        return x

    def _hint_maps(self, hints: Tensor | None) -> Sequence[Tensor | None]:
        """What is added at each level, lowest resolution first."""
        if hints is None:
            return [None] * (1 + len(self.ups))
        if self.hints is None:
            raise ValueError("This generator has no input for hints.")
        maps: Sequence[Tensor | None] = self.hints(hints)
        return maps


class Generator(nn.Module):
    """[N, 1, H, W] lightness in 0..100 to ([N, Q, h, w] logits over ab bins, [N, 2, h, w] ab in Lab units).

    H and W are multiples of `STRIDE`; h and w are a quarter of them. `hints` is [N, 3, h, w] (`hints.hint_map`); a map
    of zeros is the same as None. Raises ValueError for hints if the configuration has no input for them.
    """

    bins: Tensor

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.config = config
        bins = torch.from_numpy(ab_bins(config.bin_grid))
        self.register_buffer("bins", bins, persistent=False)
        width = config.decoder_channels[-1]
        self.encoder = ENCODERS[config.encoder]()
        self.decoder = Decoder(config)
        self.bin_head = nn.Conv2d(width, len(bins), 1)
        self.ab_head = nn.Conv2d(width, 2, 1)

    def forward(self, lightness: Tensor, hints: Tensor | None = None) -> tuple[Tensor, Tensor]:
        x = self.decoder(self.encoder(lightness), hints)
        return self.bin_head(x), self.ab_head(x) * AB_SCALE
