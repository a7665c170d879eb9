"""Weights by reference: a path, or `hf://OWNER/REPOSITORY/FILE` on Hugging Face (`REPOSITORY@REVISION` for one)."""

from pathlib import Path

from worker.colorizer import CheckpointError
from worker.colorizer.hub import SCHEME, hub_file

_SUFFIXES = (".safetensors", ".json")


def local_weights(reference: str) -> Path:
    """Where the file lies on this machine. Raises what `hub_file` does."""
    return hub_file(reference) if reference.startswith(SCHEME) else Path(reference)


def local_checkpoint(reference: str) -> Path:
    """The same of a checkpoint's weights, with the JSON that explains them beside them.

    Raises also CheckpointError, with what a checkpoint is and which are there, if the path leads to neither of the two.
    """
    if reference.startswith(SCHEME):
        hub_file(reference, ".json")
        return local_weights(reference)
    path = Path(reference)
    if not (path.name and any(path.with_suffix(suffix).is_file() for suffix in _SUFFIXES)):
        raise _no_checkpoint(path)
    return path


def recorded(reference: str | None) -> str | None:
    """What a run says of it: without the folders of this machine, and whole where everybody finds the same."""
    if reference is None or reference.startswith(SCHEME):
        return reference
    return Path(reference).stem


def _no_checkpoint(path: Path) -> CheckpointError:
    if path.is_dir():
        folder, missed = path, f"{path} is a folder"
    else:
        folder, missed = path.parent, f"{path}, with {path.stem}.json beside it, is not there"
    weights = sorted(folder.glob("*.safetensors"))
    found = ", ".join(file.name for file in weights if file.with_suffix(".json").is_file())
    what = "a checkpoint is NAME.safetensors beside NAME.json"
    return CheckpointError(f"{missed}: {what}, of which {folder} holds {found or 'none'}")
