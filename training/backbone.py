"""Pre-trained weights for the encoder, made fit for fine-tuning with Adam."""

from itertools import pairwise
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

from training.published import weights_of
from worker.colorizer.encoder import Encoder


def load_backbone(encoder: Encoder, path: Path) -> str:
    """Load strictly; returns the notice that a checkpoint made from it has to carry.

    Raises ValueError, naming the keys, if the weights are another network's.
    """
    with weights_of(encoder.title, path):
        published = load_file(path)
    try:
        found = encoder.load_state_dict(published, strict=False)
    except RuntimeError as error:
        raise ValueError(f"{path} is another network's: {error}") from error
    missing = [key for key in found.missing_keys if not key.startswith(encoder.unpublished)]
    if missing or found.unexpected_keys:
        raise ValueError(f"{path} is another network's: {[*missing, *found.unexpected_keys][:5]}")
    normalize_filters(encoder)
    return f"The encoder started from {encoder.title} trained on ImageNet, from {encoder.origin}."


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
