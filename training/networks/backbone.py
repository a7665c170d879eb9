"""Pre-trained weights for the encoder, rescaled for fine-tuning with Adam."""

from itertools import pairwise
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

from training.networks.pretrained import reading_weights
from worker.colorizer.encoder import Encoder


def load_backbone(encoder: Encoder, path: Path) -> str:
    """Load strictly. Returns the notice that checkpoints made from these weights have to carry.

    Raises ValueError, naming the keys, if the file holds the weights of another network.
    """
    with reading_weights(encoder.title, path):
        published = load_file(path)
    try:
        keys = encoder.load_state_dict(published, strict=False)
    except RuntimeError as error:
        raise ValueError(f"{path} holds the weights of another network, not of {encoder.title}: {error}") from error
    missing = [key for key in keys.missing_keys if not key.startswith(encoder.unpublished)]
    if mismatched := [*missing, *keys.unexpected_keys]:
        raise ValueError(f"{path} holds the weights of another network, not of {encoder.title}: {mismatched[:5]}")
    normalize_filters(encoder)
    return f"The encoder started from {encoder.title} trained on ImageNet, from {encoder.origin}."


@torch.no_grad()
def normalize_filters(encoder: Encoder) -> None:
    """Scale each filter to unit output variance, and its norm's statistics to match, which keeps the function.

    Filters that ImageNet training left nearly dead have almost no variance, and their norms amplify them 300 times.
    Adam moves every weight by about the same step, so it revives these filters with that gain: activations then grow
    a hundredfold within a thousand steps (LOG.md, base-1).
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
