"""Uploads as the source of a job: whether they can be used, and the item that each becomes."""

from api.dependencies import Gateway
from api.http.errors import BodyTooLarge
from api.options.checks import check_hints
from api.sources.errors import ArchiveAmongUploads, UploadNotCompleted, UploadNotFound, UploadUsed
from api.sources.recognizing import kind_of, unsupported
from api.sources.schemas import UploadSource, UploadsSource
from shared.archives.sniffing import PICTURES
from shared.jobs.documents import JobKind
from shared.jobs.options import Options
from shared.listings.entries import ListedObject
from shared.members import extension_of
from shared.uploads.store import Upload, UploadState


async def find_uploads(gateway: Gateway, source: UploadSource | UploadsSource, options: Options) -> list[Upload]:
    """The uploads that the source lists, in its order. Raises UploadNotFound, UploadNotCompleted, UploadUsed,
    UnsupportedMedia, BodyTooLarge, ArchiveAmongUploads, HintsOnSeveral about the first that cannot be used.
    """
    by_id = {upload.id: upload for upload in await gateway.uploads.get_many(source.ids)}
    uploads = [_available(by_id.get(upload_id), gateway.owner, upload_id) for upload_id in source.ids]
    limit = int(gateway.settings.max_picture_bytes)
    for upload in uploads:
        kind = kind_of(upload.media_type)
        if isinstance(source, UploadSource) and kind is None:
            raise unsupported(upload.media_type)
        if isinstance(source, UploadsSource) and kind is JobKind.BULK:
            raise ArchiveAmongUploads(f"{_display_name(upload)} is an archive. Submit it by itself.")
        check_hints(options, kind if kind and isinstance(source, UploadSource) else JobKind.BULK)
        if kind is JobKind.SINGLE and upload.bytes > limit:
            raise BodyTooLarge(f"{_display_name(upload)} has {upload.bytes} bytes; the limit for pictures is {limit}.")
    return uploads


def _available(upload: Upload | None, owner: str, upload_id: str) -> Upload:
    if upload is None or upload.owner != owner or upload.state is UploadState.REMOVING:
        raise UploadNotFound(f"There is no upload {upload_id!r}. Uploads that no job uses expire after a day.")
    if upload.state is UploadState.OPEN:
        raise UploadNotCompleted(f"{_display_name(upload)} is not completed yet. Complete it first.")
    if upload.state is UploadState.USED:
        raise UploadUsed(f"{_display_name(upload)} belongs to {upload.job} already. Upload the file again.")
    return upload


def _display_name(upload: Upload) -> str:
    return f"{upload.filename} ({upload.id})" if upload.filename else upload.id


def listed(upload: Upload) -> ListedObject:
    """The upload as an object to list: a picture if its content is one, whatever its name, else skipped."""
    assert upload.etag is not None, "a completed upload has an ETag"
    if upload.media_type in PICTURES:
        name = upload.filename or f"picture{extension_of(upload.media_type)}"
        return ListedObject(name=name, key=upload.key, size=upload.bytes, etag=upload.etag)
    name = upload.filename or upload.id
    return ListedObject(name=name, key=upload.key, size=upload.bytes, etag=upload.etag, skip="not_an_image")
