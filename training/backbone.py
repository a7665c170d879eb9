"""Pre-trained weights for the encoder, made fit for fine-tuning with Adam."""

from itertools import pairwise
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

from worker.colorizer.network import Encoder

NOTICE = "The encoder started from MobileNetV2 trained on ImageNet, from the ONNX model zoo's Gluon model (Apache-2.0)."


def load_backbone(encoder: Encoder, path: Path) -> None:
    """Load strictly. Raises RuntimeError, naming the keys, if the weights are another network's."""
    encoder.load_state_dict(load_file(path), strict=True)
    normalize_filters(encoder)


@torch.no_grad()
def normalize_filters(encoder: Encoder) -> None:
    """Give each filter unit output variance, and its norm the matching statistics: the same function.

    Filters that ImageNet training left nearly dead have variances down to nothing, and their norms magnify them
    three-hundredfold. Adam moves every weight by the same step, which revives them with that gain: activations
    then grow a hundredfold within a thousand steps (LOG.md, base-1).
    """
    for module in encoder.modules():
        if not isinstance(module, nn.Sequential):
            continue
        for convolution, norm in pairwise(module):
            if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                assert norm.running_mean is not None
                assert norm.running_var is not None
                deviation = (norm.running_var + norm.eps).sqrt()
                convolution.weight /= deviation.view(-1, 1, 1, 1)
                norm.running_mean /= deviation
                norm.running_var.fill_(1 - norm.eps)
