"""Opening object storage. Which client serves it is decided here and nowhere else."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.settings import StorageSettings
from shared.storage.protocol import ObjectStorage
from shared.storage.s3 import THREADS, S3Storage


@contextmanager
def open_storage(
    settings: StorageSettings, *, threads: int = THREADS, abandon_on_cancel: bool = False
) -> Iterator[ObjectStorage]:
    """The bucket of the settings, until the block ends. Asks no server yet.

    At most `threads` calls run at once. With `abandon_on_cancel` a call that is canceled is not waited for.
    """
    storage = S3Storage(settings, threads=threads, abandon_on_cancel=abandon_on_cancel)
    try:
        yield storage
    finally:
        storage.close()
