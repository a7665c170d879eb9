"""Self-attention over a map's places, for context that convolutions reach only after many layers. No files.

The block is the pre-norm transformer encoder of Dosovitskiy et al., "An Image is Worth 16x16 Words" (2021). Places
are told apart by a depth-wise convolution, after Chu et al., "Conditional Positional Encodings for Vision
Transformers" (2021), which works at any size of map.
"""

from typing import TypeVar

from torch import Tensor, nn
from torch.nn import functional

HEAD_CHANNELS = 32
_WIDENING = 2

Layer = TypeVar("Layer", nn.Linear, nn.Conv2d)


class AttentionBlock(nn.Module):
    """[N, places, C] to the same. Both branches end in zeros, so that an untrained block changes nothing."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        if channels % HEAD_CHANNELS:
            raise ValueError(f"attention needs a multiple of {HEAD_CHANNELS} channels, not {channels}")
        self.heads = channels // HEAD_CHANNELS
        self.norm_attention = nn.LayerNorm(channels)
        self.query_key_value = nn.Linear(channels, 3 * channels)
        self.mix = _silent(nn.Linear(channels, channels))
        self.norm_wide = nn.LayerNorm(channels)
        self.widen = nn.Linear(channels, _WIDENING * channels)
        self.narrow = _silent(nn.Linear(_WIDENING * channels, channels))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self._attend(self.norm_attention(x))
        wide: Tensor = self.narrow(functional.gelu(self.widen(self.norm_wide(x))))
        return x + wide

    def _attend(self, x: Tensor) -> Tensor:
        number, places, channels = x.shape
        parts = self.query_key_value(x).view(number, places, 3, self.heads, HEAD_CHANNELS)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(query, key, value)
        mixed: Tensor = self.mix(seen.transpose(1, 2).reshape(number, places, channels))
        return mixed


class Attention(nn.Module):
    """[N, C, h, w] to the same: position, then so many blocks. Untrained, it is the identity."""

    def __init__(self, channels: int, blocks: int) -> None:
        super().__init__()
        self.position = _silent(nn.Conv2d(channels, channels, 3, padding=1, groups=channels))
        self.blocks = nn.Sequential(*(AttentionBlock(channels) for _ in range(blocks)))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.position(x)
        places: Tensor = self.blocks(x.flatten(2).transpose(1, 2))
        return places.transpose(1, 2).reshape(x.shape)


def _silent(layer: Layer) -> Layer:
    """Zero at first, so that what it adds to starts as it was."""
    nn.init.zeros_(layer.weight)
    assert layer.bias is not None
    nn.init.zeros_(layer.bias)
    return layer
