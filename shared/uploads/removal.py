"""Removing a file that was uploaded part by part, however far it came."""

from contextlib import suppress

from shared.storage.errors import ObjectNotFound
from shared.storage.keys import upload_prefix
from shared.storage.protocol import ObjectStorage
from shared.uploads.store import Upload, UploadStore


async def remove_upload(storage: ObjectStorage, uploads: UploadStore, upload: Upload) -> None:
    """Its parts or its object, and then its document, so that whatever happens meanwhile is taken up again.

    Nobody may be able to use it any more: it was taken away, or its job is gone.
    """
    if upload.etag is None:
        with suppress(ObjectNotFound):
            await storage.abort_parts(upload.key, upload.parts_id)
    await storage.delete_prefix(upload_prefix(upload.id))
    await uploads.remove(upload.id)
