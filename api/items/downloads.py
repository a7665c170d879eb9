"""An item's result and its source as downloads: streamed, or redirected to a presigned URL."""

from collections.abc import AsyncGenerator, Mapping
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import cast

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response

from api.dependencies import Gateway
from api.http.accepting import is_acceptable
from api.http.downloads import Content, Download, RangeRequest, StartedStream, content_response, download_headers
from api.http.etags import has_current
from api.http.ranges import Span
from api.items.errors import TypeNotAccepted
from shared.archives.entries import Locator
from shared.archives.names import split_extension
from shared.archives.sniffing import PICTURES, SNIFF_BYTES, sniff
from shared.archives.streaming import stream_entry
from shared.chunks.documents import Item, Preview
from shared.listings.objects import is_listed, stream_object

PREVIEW_CACHING = "private, max-age=3600"


async def result_response(
    gateway: Gateway,
    item: Item,
    variant: int = 1,
    *,
    request: RangeRequest | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """One of an item's results. Raises StorageUnavailable, and ObjectNotFound if the record is wrong."""
    member, result = item.results_by_member()[variant - 1]
    request = request or RangeRequest()
    filename = _result_name(PurePosixPath(member).name, variant if len(item.results) > 1 else None)
    # The URL is signed for GET alone; HEAD can be answered from the record.
    is_redirected = gateway.settings.storage.public_endpoint_url is not None and request.method != "HEAD"
    if is_redirected and not has_current(request.headers.if_none_match, result.sha256):
        url = gateway.storage.presign_get(result.key, gateway.settings.presigned_seconds, filename, result.media_type)
        return RedirectResponse(url, HTTPStatus.SEE_OTHER, {"Cache-Control": "no-store"})

    def open_span(span: Span) -> AsyncGenerator[bytes, None]:
        return gateway.storage.open_range(result.key, span.start, span.size)

    content = Content(result.bytes, result.sha256, filename, result.media_type, open_span)
    return await content_response(content, request, headers)


def _result_name(name: str, variant: int | None) -> str:
    """Never its scan's: saved beside the scan, it would take its place."""
    stem, extension = split_extension(name)
    numbered = "" if variant is None else f"-variant-{variant}"
    return f"{stem}-colorized{numbered}{extension}"


async def preview_response(gateway: Gateway, preview: Preview, name: str, request: RangeRequest) -> Response:
    """Streamed, never redirected: it is smaller than the answer that would redirect. Raises StorageUnavailable."""

    def open_span(span: Span) -> AsyncGenerator[bytes, None]:
        return gateway.storage.open_range(preview.key, span.start, span.size)

    # Its key is written once, so it identifies the bytes.
    tag = PurePosixPath(preview.key).stem
    content = Content(preview.bytes, tag, f"{PurePosixPath(name).stem}.webp", "image/webp", open_span)
    return await content_response(content, request, {"Cache-Control": PREVIEW_CACHING})


async def source_response(gateway: Gateway, job_id: str, item: Item, headers: Headers) -> Response:
    """The original bytes, read from the archive that contains them or from the bucket that lists them. Raises
    EntryError, StorageUnavailable, TypeNotAccepted.

    Never a range: the checksum covers the whole entry, and deflated data cannot be read from the middle.
    """
    locator = cast(Locator, item.locator)
    # A job's source never changes.
    tag = f"{job_id}-{item.index}"
    if has_current(headers.get("if-none-match"), tag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": f'"{tag}"'})
    content = stream_object(gateway.buckets, locator) if is_listed(locator) else stream_entry(gateway.storage, locator)
    stream = await StartedStream.of(content)
    sniffed = sniff(stream.first[:SNIFF_BYTES])
    media_type = sniffed if sniffed in PICTURES else "application/octet-stream"
    if not is_acceptable(headers, media_type):
        await stream.rest.aclose()
        raise TypeNotAccepted(f"The source is {media_type}, which `Accept` does not allow. Use its preview instead.")
    named = download_headers(PurePosixPath(item.member).name, locator["size"])
    return Download(stream, {**named, "Accept-Ranges": "none", "ETag": f'"{tag}"'}, media_type)
