"""Several files in one form: one job of them, as of several uploads."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import NamedTuple

from api.dependencies import Gateway
from api.http.body import capped
from api.sources.errors import ArchiveAmongUploads, EmptyBody
from api.sources.recognizing import recognize
from api.sources.schemas import MOST_UPLOADS
from api.submission.errors import InvalidForm
from api.submission.request import IncomingBody
from shared.ids import new_lease_token
from shared.jobs.documents import JobKind, Listing, UploadsSource
from shared.listings.entries import ListedObject, freeze
from shared.members import extension_of
from shared.storage.keys import file_key, listing_key
from shared.storage.protocol import Stored


class StoredFile(NamedTuple):
    """One of the files, in storage."""

    filename: str | None
    key: str
    media_type: str
    stored: Stored


async def further_files(incoming: IncomingBody) -> AsyncGenerator[tuple[str | None, AsyncIterator[bytes]], None]:
    """The names and the bytes of all files after the first. Raises InvalidForm if they are too many."""
    number = 1
    while (file := await incoming.next_file()) is not None:
        number += 1
        if number > MOST_UPLOADS:
            raise InvalidForm(f"The form has more than {MOST_UPLOADS} files. Send them as a zip, or as several jobs.")
        yield file


async def store_further_files(
    gateway: Gateway, job_id: str, incoming: IncomingBody, first: JobKind, part_bytes: int
) -> list[StoredFile]:
    """`first` is the kind of the first file. Raises what `recognize` does, BodyTooLarge, ArchiveAmongUploads."""
    limit = int(gateway.settings.max_picture_bytes)
    files: list[StoredFile] = []
    async for filename, content in further_files(incoming):
        try:
            body = await recognize(content)
        except EmptyBody:
            if filename is None:
                continue  # Browsers send an input without a file as an empty one without a name.
            raise
        if JobKind.BULK in (first, body.kind):
            name = incoming.filename if first is JobKind.BULK else filename
            raise ArchiveAmongUploads(f"{name or 'One of the files'} is an archive. Submit it by itself.")
        key = file_key(job_id, len(files) + 1)
        stored = await gateway.storage.put_stream(key, capped(body.content, limit), body.media_type, part_bytes)
        files.append(StoredFile(filename, key, body.media_type, stored))
    return files


async def list_files(gateway: Gateway, job_id: str, files: Sequence[StoredFile]) -> tuple[Listing, UploadsSource]:
    """The frozen listing of a job of these files, and its source."""

    async def objects() -> AsyncGenerator[ListedObject, None]:
        for file in files:
            name = file.filename or f"picture{extension_of(file.media_type)}"
            etag = (await gateway.storage.head(file.key)).etag
            yield ListedObject(name=name, key=file.key, size=file.stored.bytes, etag=etag)

    listing = await freeze(gateway.storage, listing_key(job_id, new_lease_token()), objects())
    return listing, UploadsSource(count=len(files), bytes=sum(file.stored.bytes for file in files))
