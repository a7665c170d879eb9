"""Self-attention over the positions of a feature map: context that convolutions reach only after many layers.

The block is the pre-norm transformer encoder of Dosovitskiy et al., "An Image is Worth 16x16 Words" (2021). Positions
are encoded by a depth-wise convolution, after Chu et al., "Conditional Positional Encodings for Vision Transformers"
(2021), which works for maps of any size.
"""

from typing import TypeVar

from torch import Tensor, nn
from torch.nn import functional

HEAD_CHANNELS = 32
_WIDENING = 2

Layer = TypeVar("Layer", nn.Linear, nn.Conv2d)


class AttentionBlock(nn.Module):
    """[N, positions, C] to the same. Both branches end in zero weights, so an untrained block is the identity."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        if channels % HEAD_CHANNELS:
            raise ValueError(f"Attention needs a multiple of {HEAD_CHANNELS} channels, not {channels}.")
        self.heads = channels // HEAD_CHANNELS
        self.norm_attention = nn.LayerNorm(channels)
        self.query_key_value = nn.Linear(channels, 3 * channels)
        self.mix = _zeroed(nn.Linear(channels, channels))
        self.norm_wide = nn.LayerNorm(channels)
        self.widen = nn.Linear(channels, _WIDENING * channels)
        self.narrow = _zeroed(nn.Linear(_WIDENING * channels, channels))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self._attend(self.norm_attention(x))
        wide: Tensor = self.narrow(functional.gelu(self.widen(self.norm_wide(x))))
        return x + wide

    def _attend(self, x: Tensor) -> Tensor:
        number, positions, channels = x.shape
        parts = self.query_key_value(x).view(number, positions, 3, self.heads, HEAD_CHANNELS)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        attended = functional.scaled_dot_product_attention(query, key, value)
        mixed: Tensor = self.mix(attended.transpose(1, 2).reshape(number, positions, channels))
        return mixed


class Attention(nn.Module):
    """[N, C, h, w] to the same: positional encoding, then the blocks. Untrained, it is the identity."""

    def __init__(self, channels: int, blocks: int) -> None:
        super().__init__()
        self.position = _zeroed(nn.Conv2d(channels, channels, 3, padding=1, groups=channels))
        self.blocks = nn.Sequential(*(AttentionBlock(channels) for _ in range(blocks)))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.position(x)
        sequence: Tensor = self.blocks(x.flatten(2).transpose(1, 2))
        return sequence.transpose(1, 2).reshape(x.shape)


def _zeroed(layer: Layer) -> Layer:
    """With zero weights, so that an untrained layer adds nothing."""
    nn.init.zeros_(layer.weight)
    assert layer.bias is not None
    nn.init.zeros_(layer.bias)
    return layer
