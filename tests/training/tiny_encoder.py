"""An encoder of four layers, for tests about everything but the encoder: MobileNetV2 has 52 and fourteen megabytes."""

from torch import nn

from worker.colorizer.encoder import Encoder
from worker.colorizer.layers import conv_norm

WIDTHS = (3, 8, 8, 16, 16)
STRIDES = (4, 2, 2, 2)


class TinyEncoder(Encoder):
    title = "tiny"
    skip_channels = (8, 8, 16)
    top_channels = 16

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Sequential(*conv_norm(before, after, 5, stride=stride, activation=nn.ReLU6))
            for before, after, stride in zip(WIDTHS, WIDTHS[1:], STRIDES, strict=False)
        )

    def maps(self, x):
        taken = []
        for layer in self.layers:
            x = layer(x)
            taken.append(x)
        return taken

    def early_layers(self):
        return list(self.layers)
