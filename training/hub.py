"""Weights by reference: a path, or `hf://OWNER/REPOSITORY/FILE` on Hugging Face (`REPOSITORY@REVISION` for one)."""

from pathlib import Path

_SCHEME = "hf://"


def local_weights(reference: str) -> Path:
    """Where the file lies on this machine; from Hugging Face it is fetched into its cache, unless it lies there.

    Raises OSError if it cannot be had, ValueError if the reference is not one.
    """
    return _fetched(reference, "") if reference.startswith(_SCHEME) else Path(reference)


def local_checkpoint(reference: str) -> Path:
    """The same of a checkpoint's weights, with the JSON that explains them beside them."""
    if reference.startswith(_SCHEME):
        _fetched(reference, ".json")
    return local_weights(reference)


def _fetched(reference: str, suffix: str) -> Path:
    # Imported here: training from local files needs no Hub.
    from huggingface_hub import hf_hub_download

    owner, _, rest = reference.removeprefix(_SCHEME).partition("/")
    repository, _, file = rest.partition("/")
    name, _, revision = repository.partition("@")
    if not (owner and name and file):
        raise ValueError(f"{reference} is not hf://OWNER/REPOSITORY/FILE")
    wanted = Path(file).with_suffix(suffix) if suffix else Path(file)
    return Path(hf_hub_download(f"{owner}/{name}", wanted.as_posix(), revision=revision or None))
