"""Weights by reference: a path, `s3://BUCKET/KEY`, or `hf://OWNER/REPOSITORY[@REVISION]/FILE`."""

from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import anyio

from shared.settings import SourcesSettings, StorageSettings
from shared.storage.opening import open_storage
from worker.colorizer import hub

_S3 = "s3://"
_PIECE_BYTES = 1 << 20

Write = Callable[[bytes], None]


@dataclass(frozen=True)
class WeightsSources:
    """Reads what references point to. A bucket is read from our own storage server with our own key, unless the
    settings of the sources describe it.
    """

    storage: StorageSettings
    sources: SourcesSettings

    def read(self, reference: str, write: Write) -> None:
        """Pass the bytes to `write`, piece by piece. Blocks.

        Raises ValueError if it is none of the three kinds, OSError, ObjectNotFound, StorageRefused, StorageUnavailable,
        and what `write` does.
        """
        if reference.startswith(_S3):
            bucket, _, key = reference.removeprefix(_S3).partition("/")
            if not (bucket and key):
                raise ValueError(f"{reference} is not s3://BUCKET/KEY")
            anyio.run(_read_object, self._bucket(bucket), key, write)
            return
        if "://" in reference and not reference.startswith(hub.SCHEME):
            raise ValueError("it is neither a path nor s3://BUCKET/KEY nor hf://OWNER/REPOSITORY/FILE")
        path = hub.hub_file(reference) if reference.startswith(hub.SCHEME) else Path(reference)
        with path.open("rb") as file:
            for piece in iter(partial(file.read, _PIECE_BYTES), b""):
                write(piece)

    def _bucket(self, name: str) -> StorageSettings:
        known = {bucket.name: bucket.storage(self.storage) for bucket in self.sources.buckets}
        return known.get(name) or self.storage.model_copy(update={"bucket": name})


async def _read_object(bucket: StorageSettings, key: str, write: Write) -> None:
    with open_storage(bucket, threads=1) as storage:
        async with aclosing(storage.open_range(key)) as pieces:
            async for piece in pieces:
                write(piece)
