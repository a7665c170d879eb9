"""Removing an upload, whether it was completed or not."""

from contextlib import suppress

from shared.storage.errors import ObjectNotFound
from shared.storage.keys import upload_prefix
from shared.storage.protocol import ObjectStorage
from shared.uploads.store import Upload, UploadStore


async def remove_upload(storage: ObjectStorage, uploads: UploadStore, upload: Upload) -> None:
    """Remove its parts or its object, then its document: if this process dies in between, the next sweep continues.

    Nobody may be able to use it any more: `begin_removal` came before, or its job is being deleted.
    """
    if upload.etag is None:
        with suppress(ObjectNotFound):
            await storage.abort_parts(upload.key, upload.parts_id)
    await storage.delete_prefix(upload_prefix(upload.id))
    await uploads.remove(upload.id)
