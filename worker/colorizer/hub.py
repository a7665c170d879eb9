"""Files on Hugging Face by reference: `hf://OWNER/REPOSITORY/FILE`, with `REPOSITORY@REVISION` for one revision."""

from pathlib import Path

SCHEME = "hf://"


def hub_file(reference: str, suffix: str = "") -> Path:
    """Where the file lies on this machine: fetched into the cache of Hugging Face's client unless it is there.

    With a `suffix`, its namesake with that one. Raises OSError if it cannot be had, ValueError if it is no reference.
    """
    repository, revision, file = split_reference(reference)
    try:
        # Imported here: whoever has no checkpoint there needs no client.
        from huggingface_hub import hf_hub_download
    except ImportError as error:
        raise OSError(f"{reference} needs the package huggingface_hub, which is not installed") from error
    wanted = Path(file).with_suffix(suffix) if suffix else Path(file)
    return Path(hf_hub_download(repository, wanted.as_posix(), revision=revision))


def split_reference(reference: str) -> tuple[str, str | None, str]:
    """OWNER/REPOSITORY, the revision if one is named, and the file. Raises ValueError if the reference is none."""
    owner, _, rest = reference.removeprefix(SCHEME).partition("/")
    repository, _, file = rest.partition("/")
    name, _, revision = repository.partition("@")
    if not (reference.startswith(SCHEME) and owner and name and file):
        raise ValueError(f"{reference} is not hf://OWNER/REPOSITORY/FILE")
    return f"{owner}/{name}", revision or None, file
