"""Where a run starts if not from nothing: an earlier checkpoint, whose network may have fewer parts."""

from worker.colorizer.checkpoint import Checkpoint, CheckpointError
from worker.colorizer.network import Generator

# Parts that change nothing until they are trained, so that a checkpoint without them starts as good as it was.
_SILENT_PARTS = ("decoder.attention.", "decoder.hints.")


def copy_weights(generator: Generator, checkpoint: Checkpoint) -> bool:
    """Says whether the checkpoint had them all.

    Raises CheckpointError if more than a silent part is missing, or if a part has another shape.
    """
    try:
        found = generator.load_state_dict(checkpoint.generator.state_dict(), strict=False)
    except RuntimeError as error:
        raise CheckpointError(f"{checkpoint.info.name} does not fit the recipe's network: {error}") from error
    missing = [key for key in found.missing_keys if not key.startswith(_SILENT_PARTS)]
    if wrong := [*missing, *found.unexpected_keys]:
        raise CheckpointError(f"{checkpoint.info.name} does not fit the recipe's network: {wrong[:5]}")
    return not found.missing_keys
