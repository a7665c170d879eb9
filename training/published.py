"""Reading the weights of networks that others published, from safetensors files that users name."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError


@contextmanager
def weights_of(network: str, path: Path) -> Iterator[None]:
    """Around reading them strictly: what a wrong file makes of that becomes a ValueError, in one sentence."""
    try:
        yield
    except (FileNotFoundError, PermissionError):
        raise
    except (SafetensorError, RuntimeError, KeyError, OSError) as error:  # An OSError is a folder for a file.
        raise ValueError(f"{path} does not hold the weights of {network} as safetensors") from error
