"""Parts in the storage that belong to nothing: of a request whose gateway was killed, or of a stream whose worker was.

They take space until their multipart upload is aborted, and are no objects, so that no list of these has them.
"""

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime

from shared.storage.errors import ObjectNotFound
from shared.storage.protocol import BegunParts, ObjectStorage
from shared.stores import Stores
from shared.uploads.store import LIFETIME

REQUESTS, UPLOADS = "jobs/", "uploads/"


async def abandoned_parts(stores: Stores, storage: ObjectStorage, now: datetime) -> AsyncIterator[BegunParts]:
    """Those that were begun longer ago than an upload lives. Raises StoreUnavailable, StorageUnavailable and
    StorageRefused.
    """
    for prefix in (REQUESTS, UPLOADS):
        async for parts in storage.list_begun_parts(prefix):
            if parts.begun < now - LIFETIME and not await _is_continued(stores, parts):
                yield parts


async def drop_parts(storage: ObjectStorage, parts: BegunParts) -> None:
    with suppress(ObjectNotFound):  # Somebody else was faster.
        await storage.abort_parts(parts.key, parts.upload)


async def _is_continued(stores: Stores, parts: BegunParts) -> bool:
    """Whether somebody may still send parts: an upload lives on with each part, a submission while its body arrives."""
    owner = parts.key.split("/")[1]
    if not parts.key.startswith(UPLOADS):
        return await stores.submissions.exists(owner)
    upload = await stores.uploads.get(owner)
    return upload is not None and upload.parts_id == parts.upload
