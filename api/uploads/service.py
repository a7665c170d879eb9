"""Starting, completing and deleting an upload; where its parts are sent.

The bytes go directly to object storage, by presigned URLs. If clients cannot reach the storage, they go through the
gateway, part by part: each can be repeated by itself.
"""

from collections.abc import Sequence
from datetime import timedelta

import structlog
from pydantic import Field
from starlette.requests import Request

from api.dependencies import Gateway
from api.http.body import MinimumRate, capped, check_representation, declared_length, receive
from api.http.cursors import Cursor, read_cursor, write_cursor
from api.http.errors import BodyTooLarge
from api.http.filenames import base_name
from api.sources.errors import UploadNotFound, UploadUsed
from api.sources.recognizing import media_type_of
from api.uploads.errors import InvalidParts, UploadClosed
from api.uploads.schemas import NewUpload, Part, PartPage, SentPart, upload_path
from shared.archives.sniffing import END_BYTES, SNIFF_BYTES, ends_as_zip, sniff
from shared.clock import utc_now
from shared.ids import new_upload_id
from shared.storage.errors import ObjectNotFound, PartsRefused
from shared.storage.keys import upload_key
from shared.uploads.removal import remove_upload
from shared.uploads.store import LIFETIME, Upload, UploadState

log = structlog.get_logger()

MAX_PARTS = 10_000
MiB = 1024**2


class PartCursor(Cursor):
    number: int = Field(ge=1, le=MAX_PARTS)


async def start_upload(gateway: Gateway, new: NewUpload) -> Upload:
    """Raises BodyTooLarge, StorageUnavailable, StoreUnavailable, and what `admit` does."""
    limit = int(gateway.settings.max_body_bytes)
    if new.bytes > limit:
        raise BodyTooLarge(f"The file has {new.bytes} bytes; the limit is {limit}.")
    await gateway.admit(new.bytes)
    upload_id = new_upload_id()
    key = upload_key(upload_id)
    # The document comes second: a multipart upload without parts, if it is orphaned here, takes no space.
    parts_id = await gateway.storage.begin_parts(key, "application/octet-stream")
    now = utc_now()
    upload = Upload(
        id=upload_id,
        owner=gateway.owner,
        filename=base_name(new.filename or ""),
        bytes=new.bytes,
        part_bytes=part_bytes(new.bytes, int(gateway.settings.upload_part_bytes)),
        key=key,
        parts_id=parts_id,
        created_at=now,
        expires_at=now + LIFETIME,
    )
    await gateway.uploads.insert(upload)
    return upload


def part_bytes(total: int, least: int) -> int:
    """The smallest part size, from `least` up in whole MiB, that stays within S3's limit on the number of parts."""
    needed = -(-total // MAX_PARTS)
    return max(least, -(-needed // MiB) * MiB)


async def find_upload(gateway: Gateway, upload_id: str) -> Upload:
    """Raises UploadNotFound."""
    upload = await gateway.uploads.get(upload_id)
    if upload is None or upload.state is UploadState.REMOVING:
        raise UploadNotFound(f"There is no upload {upload_id!r}. Unused uploads expire after a day.")
    return upload


async def list_parts(gateway: Gateway, upload_id: str, after: str | None, limit: int) -> PartPage:
    """Raises UploadNotFound, UploadClosed, InvalidCursor. The client is still active, so this extends the expiry."""
    upload = await find_upload(gateway, upload_id)
    cursor = read_cursor(PartCursor, after, _scope(upload))
    if not await gateway.uploads.extend(upload.id):
        raise _closed(upload)
    return part_page(gateway, upload, cursor.number if cursor else 0, limit)


def part_page(gateway: Gateway, upload: Upload, after: int, limit: int) -> PartPage:
    numbers = range(after + 1, min(after + limit, upload.part_count) + 1)
    seconds = gateway.settings.presigned_seconds
    last = after + limit
    return PartPage(
        data=[Part(number=n, bytes=upload.part_length(n), url=_part_url(gateway, upload, n, seconds)) for n in numbers],
        next_cursor=write_cursor(PartCursor(number=last), _scope(upload)) if last < upload.part_count else None,
        expires_at=utc_now() + timedelta(seconds=seconds),
    )


def _scope(upload: Upload) -> str:
    return f"parts of {upload.id}"


def _part_url(gateway: Gateway, upload: Upload, number: int, seconds: int) -> str:
    if gateway.settings.storage.public_endpoint_url is None:
        return f"{upload_path(upload.id)}/parts/{number}"
    length = upload.part_length(number)
    return gateway.storage.presign_part(upload.key, upload.parts_id, number, length, seconds)


async def receive_part(gateway: Gateway, upload_id: str, number: int, request: Request) -> str:
    """Store a part that is sent through the gateway, and return its ETag. Sending a part again replaces it. Raises
    UploadNotFound, UploadClosed, InvalidParts, and what `receive` does.
    """
    check_representation(request)
    upload = await find_upload(gateway, upload_id)
    if number > upload.part_count:
        raise InvalidParts(f"There is no part {number}: the upload has {upload.part_count} parts.")
    length = upload.part_length(number)
    if declared_length(request) not in (None, length):
        raise InvalidParts(f"Part {number} must have {length} bytes, not {declared_length(request)}.")
    if not await gateway.uploads.extend(upload.id):
        raise _closed(upload)
    content = receive(request, MinimumRate.of(gateway.settings))
    body = b"".join([chunk async for chunk in capped(content, length)])
    if len(body) < length:
        raise InvalidParts(f"Part {number} must have {length} bytes; {len(body)} arrived.")
    try:
        return await gateway.storage.put_part(upload.key, upload.parts_id, number, body)
    except ObjectNotFound:
        raise _closed(upload) from None


async def complete_upload(gateway: Gateway, upload_id: str, sent: Sequence[SentPart]) -> Upload:
    """Assemble the parts. Idempotent: a completed upload stays as it is. Raises UploadNotFound, InvalidParts."""
    upload = await find_upload(gateway, upload_id)
    if upload.state is not UploadState.OPEN:
        return upload
    etags = {part.number: part.etag.strip('"') for part in sent}
    if len(sent) != upload.part_count or sorted(etags) != list(range(1, upload.part_count + 1)):
        raise InvalidParts(f"List each of the {upload.part_count} parts once, numbered from 1.")
    in_order = [etags[number] for number in sorted(etags)]
    if await gateway.uploads.extend(upload.id, in_order):
        await _assemble(gateway, upload, in_order)
    return await find_upload(gateway, upload_id)


async def _assemble(gateway: Gateway, upload: Upload, etags: list[str]) -> None:
    storage, quoted = gateway.storage, [f'"{etag}"' for etag in etags]
    try:
        await storage.complete_parts(upload.key, upload.parts_id, quoted, upload.bytes)
        stored = await storage.head(upload.key)
    except PartsRefused:
        raise InvalidParts(
            "A part is missing, or its ETag is wrong. Send the part again, or correct its ETag."
        ) from None
    except ObjectNotFound:
        raise UploadNotFound(f"The parts of {upload.id} no longer exist. Start a new upload.") from None
    if stored.size != upload.bytes:
        # The storage server does not enforce the length that a URL was signed for.
        await _remove(gateway, upload)
        raise InvalidParts(f"The parts have {stored.size} bytes instead of {upload.bytes}. Start a new upload.")
    first = await storage.get_range(upload.key, 0, min(SNIFF_BYTES, stored.size))
    kind = sniff(first)
    if kind is None:
        last = min(END_BYTES, stored.size)
        kind = "zip" if ends_as_zip(await storage.get_range(upload.key, stored.size - last, last)) else None
    media_type = media_type_of(kind)
    if await gateway.uploads.complete(upload.id, media_type, stored.etag):
        log.info("upload.completed", upload=upload.id, bytes=upload.bytes, media_type=media_type)


async def delete_upload(gateway: Gateway, upload_id: str) -> None:
    """Raises UploadNotFound, and UploadUsed for one that belongs to a job."""
    upload = await find_upload(gateway, upload_id)
    if not await _remove(gateway, upload):
        raise UploadUsed(f"{upload.id} belongs to {upload.job} and is deleted with it.")


async def _remove(gateway: Gateway, upload: Upload) -> bool:
    """False: it belongs to a job. What cannot be removed now is left to the sweep."""
    if not await gateway.uploads.begin_removal(upload.id):
        return False
    current = await gateway.uploads.get(upload.id)
    if current is not None:
        await remove_upload(gateway.storage, gateway.uploads, current)
    return True


def _closed(upload: Upload) -> UploadClosed:
    return UploadClosed(f"{upload.id} is complete and accepts no more parts.")
