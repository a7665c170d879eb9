"""Weights by reference: a path, or `hf://OWNER/REPOSITORY/FILE` on Hugging Face (`REPOSITORY@REVISION` for one)."""

from pathlib import Path

from worker.colorizer.hub import SCHEME, hub_file


def local_weights(reference: str) -> Path:
    """Where the file lies on this machine. Raises what `hub_file` does."""
    return hub_file(reference) if reference.startswith(SCHEME) else Path(reference)


def local_checkpoint(reference: str) -> Path:
    """The same of a checkpoint's weights, with the JSON that explains them beside them."""
    if reference.startswith(SCHEME):
        hub_file(reference, ".json")
    return local_weights(reference)
