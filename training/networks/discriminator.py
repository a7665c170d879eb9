"""The discriminators, called judges: each scores, patch by patch, whether the colors are those of a photograph.

Both are PatchGANs after Isola et al., "Image-to-Image Translation with Conditional Adversarial Networks" (2017): one
sees the chroma itself, the other the features of a frozen network, after Sauer et al., "Projected GANs Converge
Faster" (2021). Spectral norms after Miyato et al. (2018).
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

from worker.colorizer.network import AB_SCALE, OUTPUT_STRIDE

WIDTH = 48
JUDGED_MAPS = {1: 128, 2: 256, 6: 512}  # Which of the perceptual loss's maps (stride 4, 8 and 16): channels.
_SLOPE = 0.2


class PatchJudge(nn.Module):
    """[N, 1, H, W] lightness in 0..100 and [N, 2, H/4, W/4] ab in Lab units to one map of scores, [N, 1, H/16, W/16].

    The receptive field of a score is about 80 × 80 pixels. Lightness keeps its resolution: the pixels below a place of
    the chroma become channels.
    """

    def __init__(self, width: int = WIDTH) -> None:
        super().__init__()
        inputs = OUTPUT_STRIDE**2 + 2
        self.layers = nn.Sequential(
            spectral_norm(nn.Conv2d(inputs, width, 3, padding=1)),
            nn.LeakyReLU(_SLOPE),
            spectral_norm(nn.Conv2d(width, 2 * width, 4, stride=2, padding=1)),
            nn.LeakyReLU(_SLOPE),
            spectral_norm(nn.Conv2d(2 * width, 4 * width, 4, stride=2, padding=1)),
            nn.LeakyReLU(_SLOPE),
            spectral_norm(nn.Conv2d(4 * width, 1, 3, padding=1)),
        )

    def forward(self, lightness: Tensor, ab: Tensor) -> list[Tensor]:
        cells = functional.pixel_unshuffle(lightness / 50 - 1, OUTPUT_STRIDE)
        x = torch.cat([cells, ab / AB_SCALE], dim=1).contiguous(memory_format=torch.channels_last)
        return [self.layers(x)]


class FeatureJudge(nn.Module):
    """Maps of a frozen network, scaled to about 1, to a map of scores for each of those that `judged` selects.

    `judged` maps their numbers to their channels. The features are those of a picture, lightness included, so the
    scores are conditional on the lightness.
    """

    def __init__(self, judged: Mapping[int, int], width: int = WIDTH) -> None:
        super().__init__()
        self._numbers = tuple(judged)
        self.heads = nn.ModuleList(
            nn.Sequential(
                spectral_norm(nn.Conv2d(channels, 2 * width, 1)),
                nn.LeakyReLU(_SLOPE),
                spectral_norm(nn.Conv2d(2 * width, 2 * width, 3, padding=1)),
                nn.LeakyReLU(_SLOPE),
                spectral_norm(nn.Conv2d(2 * width, 1, 1)),
            )
            for channels in judged.values()
        )

    def forward(self, *maps: Tensor) -> list[Tensor]:
        return [head(maps[number]) for number, head in zip(self._numbers, self.heads, strict=True)]
