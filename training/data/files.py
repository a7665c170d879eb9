"""The files of a folder, of tar shards or of a list: found by name and first bytes, read, not yet decoded.

As in the service, what is hidden is no picture, and a name without a picture's suffix gets its chance by its bytes.
"""

import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from training.data.names import read_names
from worker.imaging import PictureError, format_by_signature

HIDDEN = "hidden"
OTHER_FORMAT = "other format"
NOT_FOUND = "not found"
NOT_READABLE = "not readable"
DAMAGED_SHARD = "damaged shard"
UNLISTABLE = "unlistable name"

_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}
_SIGNATURE_BYTES = 12

Found = tuple[str, bytes | str]
"""A name with the file's bytes, or in two words why there are none."""


def found_files(source: Path) -> Iterator[Found]:
    """All files there in the order of their names, or of the list, whose lines are paths from its own folder.

    A name that holds a line break or is no Unicode could be in no list, and its file is skipped. Raises
    FileNotFoundError if there is no picture.
    """
    has_pictures = False
    for name, found in _everything(source):
        has_pictures = has_pictures or found not in (HIDDEN, OTHER_FORMAT)
        yield name, found
    if not has_pictures:
        raise FileNotFoundError(f"{source} holds neither pictures nor tar shards")


def has_picture_name(name: PurePosixPath) -> bool:
    """By suffix, and not hidden."""
    return name.suffix.lower() in _SUFFIXES and not _is_hidden(name)


def _everything(source: Path) -> Iterator[Found]:
    shards = [source] if source.suffix == ".tar" else sorted(source.glob("*.tar"))
    if not source.exists():
        raise FileNotFoundError(f"{source} does not exist")
    if shards:
        for shard in shards:
            yield from _in_shard(shard)
    elif source.is_dir():
        # What does not exist is a link to nowhere: it is told, and pipes and devices are not opened.
        paths = sorted(path for path in source.rglob("*") if path.is_file() or not path.exists())
        for path in paths:
            yield _examined(path.relative_to(source).as_posix(), path)
    elif source.suffix == ".txt":
        yield from ((name, _read(source.parent / name)) for name in read_names(source))
    else:
        raise FileNotFoundError(f"{source} is a single file: give a folder, a .tar, or a list of files as .txt")


def _in_shard(shard: Path) -> Iterator[Found]:
    try:
        with tarfile.open(shard) as archive:
            for member in sorted(archive.getmembers(), key=lambda entry: entry.name):
                if (stream := archive.extractfile(member)) is not None:
                    yield _examined(f"{shard.name}/{member.name}", stream)
    except tarfile.TarError:
        yield shard.name, DAMAGED_SHARD


def _examined(name: str, source: Path | IO[bytes]) -> Found:
    if "\n" in name or "\r" in name or not _is_unicode(name):
        return ascii(name), UNLISTABLE
    if _is_hidden(PurePosixPath(name)):
        return name, HIDDEN
    return name, _read(source) if isinstance(source, Path) else _content(source, name)


def _read(path: Path) -> bytes | str:
    try:
        with path.open("rb") as file:
            return _content(file, path.name)
    except FileNotFoundError:
        return NOT_FOUND
    except OSError:
        return NOT_READABLE


def _content(file: IO[bytes], name: str) -> bytes | str:
    if PurePosixPath(name).suffix.lower() not in _SUFFIXES and not _begins_as_picture(file.read(_SIGNATURE_BYTES)):
        return OTHER_FORMAT
    file.seek(0)
    return file.read()


def _begins_as_picture(first: bytes) -> bool:
    try:
        format_by_signature(first)
    except PictureError:
        return False
    return True


def _is_hidden(name: PurePosixPath) -> bool:
    return any((part.startswith(".") and part != "..") or part == "__MACOSX" for part in name.parts)


def _is_unicode(name: str) -> bool:
    """Bytes that are no UTF-8 the file system gives as lone surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in name)
