"""Weights by reference: a path, or `hf://OWNER/REPOSITORY[@REVISION]/FILE` on the Hugging Face Hub."""

from pathlib import Path

from worker.colorizer import CheckpointError
from worker.colorizer.hub import SCHEME, hub_file

_SUFFIXES = (".safetensors", ".json")


def local_weights(reference: str) -> Path:
    """The file on this machine, downloaded if it is on the Hub. Raises what `hub_file` does."""
    return hub_file(reference) if reference.startswith(SCHEME) else Path(reference)


def local_checkpoint(reference: str) -> Path:
    """As `local_weights`, for a checkpoint: its weights together with the JSON that describes them.

    Raises also CheckpointError, listing the checkpoints of the folder, if neither file exists at the path.
    """
    if reference.startswith(SCHEME):
        hub_file(reference, ".json")
        return local_weights(reference)
    path = Path(reference)
    if not (path.name and any(path.with_suffix(suffix).is_file() for suffix in _SUFFIXES)):
        raise _no_checkpoint(path)
    return path


def recorded(reference: str | None) -> str | None:
    """The reference as a run records it: a path without its folders, which mean nothing elsewhere; hf://… unchanged."""
    if reference is None or reference.startswith(SCHEME):
        return reference
    return Path(reference).stem


def _no_checkpoint(path: Path) -> CheckpointError:
    if path.is_dir():
        folder, problem = path, f"{path} is a folder, not a checkpoint"
    else:
        folder, problem = path.parent, f"There is no checkpoint {path} with {path.stem}.json beside it"
    weights = sorted(folder.glob("*.safetensors"))
    checkpoints = ", ".join(file.name for file in weights if file.with_suffix(".json").is_file())
    return CheckpointError(
        f"{problem}. Give NAME.safetensors with NAME.json beside it; in {folder}: {checkpoints or 'none'}"
    )
