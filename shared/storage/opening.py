"""Opening object storage: the only place that knows which client implements the port."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.settings import StorageSettings
from shared.storage.protocol import ObjectStorage
from shared.storage.s3 import THREADS, S3Storage


@contextmanager
def open_storage(
    settings: StorageSettings, *, threads: int = THREADS, abandon_on_cancel: bool = False
) -> Iterator[ObjectStorage]:
    """The bucket of the settings, until the block ends. Sends no request yet.

    At most `threads` calls run at once. With `abandon_on_cancel`, nothing waits for a call that was canceled.
    """
    storage = S3Storage(settings, threads=threads, abandon_on_cancel=abandon_on_cancel)
    try:
        yield storage
    finally:
        storage.close()
