"""The files of a folder, of tar shards or of a list: recognized by name and first bytes, read, not yet decoded.

As in the service, hidden files are skipped, and a file without a picture's suffix is recognized by its first bytes.
"""

import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from training.data.names import read_names
from worker.imaging import PictureError, format_by_signature
from worker.imaging.formats import SIGNATURE_BYTES

HIDDEN = "hidden"
OTHER_FORMAT = "other format"
MISSING = "not found"
NOT_READABLE = "not readable"
DAMAGED_SHARD = "damaged shard"
UNLISTABLE = "unlistable name"

_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}

SourceFile = tuple[str, bytes | str]
"""A file's name with its bytes, or with the reason why it was skipped."""


def source_files(source: Path) -> Iterator[SourceFile]:
    """All files of a folder or shards, sorted by name, or of a list in its order, with paths relative to its folder.

    A name with a line break, or one that is not Unicode, could not be put on a list, so its file is skipped. Raises
    FileNotFoundError if there is no picture.
    """
    has_pictures = False
    for name, content in _all_files(source):
        has_pictures = has_pictures or content not in (HIDDEN, OTHER_FORMAT)
        yield name, content
    if not has_pictures:
        raise FileNotFoundError(f"{source} holds neither pictures nor tar shards")


def has_picture_name(name: PurePosixPath) -> bool:
    """Whether it has a picture's suffix and is not hidden."""
    return name.suffix.lower() in _SUFFIXES and not _is_hidden(name)


def _all_files(source: Path) -> Iterator[SourceFile]:
    shards = [source] if source.suffix == ".tar" else sorted(source.glob("*.tar"))
    if not source.exists():
        raise FileNotFoundError(f"{source} does not exist")
    if shards:
        for shard in shards:
            yield from _in_shard(shard)
    elif source.is_dir():
        # A path that does not exist is a broken link, which is reported. Pipes and devices are not opened.
        paths = sorted(path for path in source.rglob("*") if path.is_file() or not path.exists())
        for path in paths:
            yield _checked(path.relative_to(source).as_posix(), path)
    elif source.suffix == ".txt":
        yield from ((name, _read(source.parent / name)) for name in read_names(source))
    else:
        raise FileNotFoundError(f"{source} is a single file. Give a folder, a .tar shard, or a .txt list of files.")


def _in_shard(shard: Path) -> Iterator[SourceFile]:
    try:
        with tarfile.open(shard) as archive:
            for member in sorted(archive.getmembers(), key=lambda entry: entry.name):
                if (stream := archive.extractfile(member)) is not None:
                    yield _checked(f"{shard.name}/{member.name}", stream)
    except tarfile.TarError:
        yield shard.name, DAMAGED_SHARD


def _checked(name: str, source: Path | IO[bytes]) -> SourceFile:
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
        return MISSING
    except OSError:
        return NOT_READABLE


def _content(file: IO[bytes], name: str) -> bytes | str:
    if PurePosixPath(name).suffix.lower() not in _SUFFIXES and not _begins_as_picture(file.read(SIGNATURE_BYTES)):
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
    """Python represents bytes of a file name that are not UTF-8 as lone surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in name)
