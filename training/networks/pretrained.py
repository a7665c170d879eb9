"""Loads published weights of pre-trained networks from safetensors files."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn


@contextmanager
def reading_weights(network: str, path: Path) -> Iterator[None]:
    """Turns the errors of strictly loading a wrong file into one ValueError that names the file and the network."""
    try:
        yield
    except (FileNotFoundError, PermissionError):
        raise
    except (SafetensorError, RuntimeError, KeyError, OSError) as error:  # OSError: the path is a folder.
        raise ValueError(f"{path} does not hold the weights of {network} as safetensors") from error


def load_features(features: nn.Module, network: str, path: Path) -> None:
    """Load a network's layers, strictly. Raises OSError or ValueError."""
    with reading_weights(f"{network}'s features", path):
        features.load_state_dict(load_file(path), strict=True)


def load_lpips_weights(weights: nn.ParameterList, network: str, path: Path) -> None:
    """Load LPIPS's weight for each channel of a network's feature maps, [1, C, 1, 1] each. Raises the same."""
    with reading_weights(f"LPIPS on {network}", path):
        heads = load_file(path)
        state = {str(number): heads[f"lin{number}.model.1.weight"] for number in range(len(weights))}
        weights.load_state_dict(state, strict=True)
