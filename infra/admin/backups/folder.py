"""The folder of a backup, which only its owner can read: it holds pictures and the secret that signs URLs.

manifest.json   what it contains, with the SHA-256 of the files below; written last
NAME.bson       the documents of a collection, as `mongodump` writes them
objects.jsonl   the objects: key, size, ETag and, where they were copied, SHA-256
objects/KEY     their bytes
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Self

import bson
from pydantic import BaseModel, ValidationError

from shared.errors import Invalid
from shared.storage.keys import is_plain_key

FORMAT = 1
JOBS, CHUNKS, UPLOADS, KEYS, SECRETS = "jobs", "chunks", "part_uploads", "keys", "secrets"
COLLECTIONS = (JOBS, CHUNKS, UPLOADS, KEYS, SECRETS)
OBJECTS = "objects.jsonl"

Fields = dict[str, Any]


class ObjectLine(BaseModel):
    """`sha256` is None if the object was listed only."""

    key: str
    size: int
    etag: str
    sha256: str | None = None


class Manifest(BaseModel):
    """`deleted` are the jobs that were deleted while the backup was made: they are not restored."""

    format: int = FORMAT
    began_at: datetime
    ended_at: datetime
    revisions: list[str]
    documents: dict[str, int]
    objects: int
    bytes: int
    copied: bool
    deleted: list[str]
    sha256: dict[str, str]


class BackupFolder:
    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def draft_of(cls, target: Path) -> Self:
        """Where a backup is made before it gets its name. Raises Invalid if there is something of that name."""
        if target.exists():
            raise Invalid(f"{target} exists. Name a folder that does not exist yet.")
        return cls(target.with_name(f"{target.name}.partial"))

    def create(self) -> None:
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.chmod(0o700)

    def object_path(self, key: str) -> Path:
        if not is_plain_key(key) or key.startswith("/"):
            raise Invalid(f"The key {key!r} cannot be the name of a file.")
        return self.path / "objects" / key

    @contextmanager
    def written(self, name: str) -> Iterator[IO[bytes]]:
        """A file that is replaced as a whole when the block ends without an error, synced to disk."""
        path = self.path / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.draft")
        with draft.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)

    def documents(self, collection: str) -> Iterator[Fields]:
        with (self.path / f"{collection}.bson").open("rb") as file:
            yield from bson.decode_file_iter(file)

    def objects(self) -> Iterator[ObjectLine]:
        with (self.path / OBJECTS).open() as file:
            yield from map(ObjectLine.model_validate_json, file)

    def finish(self, manifest: Manifest, target: Path) -> None:
        with self.written("manifest.json") as file:
            file.write(manifest.model_dump_json(indent=1).encode())
        self.path.rename(target)

    def manifest(self) -> Manifest:
        """Raises Invalid if the folder is no backup, not whole, or damaged."""
        try:
            manifest = Manifest.model_validate_json((self.path / "manifest.json").read_bytes())
            damaged = [name for name, sha256 in manifest.sha256.items() if self.sha256(name) != sha256]
        except (OSError, ValidationError) as error:
            raise Invalid(
                f"{self.path} is not a complete backup: it has no valid manifest, or files are gone."
            ) from error
        if manifest.format != FORMAT:
            raise Invalid(f"{self.path} has format {manifest.format}; this version reads format {FORMAT}.")
        if damaged:
            raise Invalid(f"{self.path} is damaged: {', '.join(damaged)} has another SHA-256 than when it was written.")
        return manifest

    def sha256(self, name: str) -> str:
        with (self.path / name).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


def encoded(document: Mapping[str, Any]) -> bytes:
    return bson.encode(document)
