"""The adversary: says of each patch whether its colors are a photograph's, given its lightness.

PatchGAN, conditional on the lightness, after Isola et al., "Image-to-Image Translation with Conditional Adversarial
Networks" (2017); spectral norms after Miyato et al. (2018); hinge loss after Lim & Ye, "Geometric GAN" (2017).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

from worker.colorizer.network import AB_SCALE, OUTPUT_STRIDE

WIDTH = 48
_SLOPE = 0.2


class Discriminator(nn.Module):
    """[N, 1, H, W] lightness in 0..100 and [N, 2, H/4, W/4] ab in Lab units to [N, 1, H/16, W/16] scores.

    A score sees about 80 × 80 pixels. Lightness comes in whole: the pixels of a cell of chroma as its channels.
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

    def forward(self, lightness: Tensor, ab: Tensor) -> Tensor:
        cells = functional.pixel_unshuffle(lightness / 50 - 1, OUTPUT_STRIDE)
        x = torch.cat([cells, ab / AB_SCALE], dim=1).contiguous(memory_format=torch.channels_last)
        scores: Tensor = self.layers(x)
        return scores


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Hinge: real patches above 1, made ones below -1."""
    return functional.relu(1 - real.float()).mean() + functional.relu(1 + fake.float()).mean()


def generator_loss(fake: Tensor) -> Tensor:
    return -fake.float().mean()
