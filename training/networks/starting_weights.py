"""Copies an earlier checkpoint's weights into the generator of a run, which may have more parts."""

from worker.colorizer.checkpoint import Checkpoint, CheckpointError
from worker.colorizer.network import Generator

# Parts that have no effect until they are trained, so a checkpoint without them loses nothing.
_SILENT_PARTS = ("decoder.attention.", "decoder.hints.")


def copy_weights(generator: Generator, checkpoint: Checkpoint) -> bool:
    """Copy the weights. Returns whether the checkpoint had all of them.

    Raises CheckpointError if more than a silent part is missing, or if a part has another shape.
    """
    try:
        keys = generator.load_state_dict(checkpoint.generator.state_dict(), strict=False)
    except RuntimeError as error:
        raise CheckpointError(f"{checkpoint.info.name} does not fit the recipe's network: {error}") from error
    missing = [key for key in keys.missing_keys if not key.startswith(_SILENT_PARTS)]
    if mismatched := [*missing, *keys.unexpected_keys]:
        raise CheckpointError(f"{checkpoint.info.name} does not fit the recipe's network: {mismatched[:5]}")
    return not keys.missing_keys
