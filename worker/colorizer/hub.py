"""Files on Hugging Face by reference: `hf://OWNER/REPOSITORY/FILE`, with `REPOSITORY@REVISION` for one revision."""

from pathlib import Path

SCHEME = "hf://"


def hub_file(reference: str, suffix: str = "") -> Path:
    """The file's local path. It is downloaded into the cache of Hugging Face's client unless it is there already.

    With a `suffix`, the file of the same name with that suffix. Raises OSError if the download fails, ValueError for a
    malformed reference.
    """
    repository, revision, file = split_reference(reference)
    try:
        # Imported here, because the package is only needed for such references.
        from huggingface_hub import hf_hub_download
    except ImportError as error:
        raise OSError(f"{reference} needs the package huggingface_hub, which is not installed.") from error
    path = Path(file).with_suffix(suffix) if suffix else Path(file)
    return Path(hf_hub_download(repository, path.as_posix(), revision=revision))


def split_reference(reference: str) -> tuple[str, str | None, str]:
    """OWNER/REPOSITORY, the revision or None, and the file. Raises ValueError for a malformed reference."""
    owner, _, rest = reference.removeprefix(SCHEME).partition("/")
    repository, _, file = rest.partition("/")
    name, _, revision = repository.partition("@")
    if not (reference.startswith(SCHEME) and owner and name and file):
        raise ValueError(f"{reference} is not hf://OWNER/REPOSITORY/FILE.")
    return f"{owner}/{name}", revision or None, file
