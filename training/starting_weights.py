"""Where a run starts if not from nothing: an earlier checkpoint, whose network may have fewer parts."""

from pathlib import Path

from worker.colorizer.checkpoint import CheckpointError, load_checkpoint
from worker.colorizer.network import Generator

# Parts that change nothing until they are trained, so that a checkpoint without them starts as good as it was.
_SILENT_PARTS = ("decoder.attention.", "decoder.hints.")


def load_starting_weights(generator: Generator, path: Path) -> str:
    """Copy a checkpoint's weights; returns its notice. Raises CheckpointError if more than a silent part differs."""
    checkpoint = load_checkpoint(path)
    found = generator.load_state_dict(checkpoint.generator.state_dict(), strict=False)
    missing = [key for key in found.missing_keys if not key.startswith(_SILENT_PARTS)]
    if missing or found.unexpected_keys:
        raise CheckpointError(f"{path} does not fit the recipe's network: {[*missing, *found.unexpected_keys][:5]}")
    return checkpoint.info.notice
