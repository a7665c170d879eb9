"""Reading the weights of networks that others published, from safetensors files that users name."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn


@contextmanager
def weights_of(network: str, path: Path) -> Iterator[None]:
    """Around reading them strictly: what a wrong file makes of that becomes a ValueError, in one sentence."""
    try:
        yield
    except (FileNotFoundError, PermissionError):
        raise
    except (SafetensorError, RuntimeError, KeyError, OSError) as error:  # An OSError is a folder for a file.
        raise ValueError(f"{path} does not hold the weights of {network} as safetensors") from error


def load_features(features: nn.Module, network: str, path: Path) -> None:
    """Fill a network's layers, strictly. Raises OSError or ValueError."""
    with weights_of(f"{network}'s features", path):
        features.load_state_dict(load_file(path), strict=True)


def load_lpips_weights(weights: nn.ParameterList, network: str, path: Path) -> None:
    """Fill what LPIPS weighs each of a network's feature maps by, [1, C, 1, 1] each, strictly. Raises the same."""
    with weights_of(f"LPIPS on {network}", path):
        heads = load_file(path)
        state = {str(number): heads[f"lin{number}.model.1.weight"] for number in range(len(weights))}
        weights.load_state_dict(state, strict=True)
