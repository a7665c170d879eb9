"""Handing out bytes: streamed with a known length, or by a redirect to where clients can fetch them themselves."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import cast

from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.types import Send

from api.dependencies import Gateway
from api.errors import DownloadCut
from api.http.etags import has_current
from api.http.filenames import content_disposition
from api.http.ranges import Span, requested_span
from shared.archives.entries import Locator
from shared.archives.sniffing import PICTURES, SNIFF_BYTES, sniff
from shared.archives.streaming import stream_entry
from shared.chunks.documents import Item
from shared.errors import PhotochromError
from shared.listings.objects import is_listed, stream_object


@dataclass(frozen=True, slots=True)
class Begun:
    """A stream whose first chunk was read already, so that what is missing is found before the answer begins."""

    first: bytes
    rest: AsyncGenerator[bytes, None]

    @classmethod
    async def of(cls, content: AsyncGenerator[bytes, None]) -> "Begun":
        return cls(await anext(content, b""), content)

    async def whole(self) -> AsyncGenerator[bytes, None]:
        yield self.first
        async for chunk in self.rest:
            yield chunk


class Download(StreamingResponse):
    """Closes its stream when the client leaves, so that the connection to storage behind it is given back."""

    def __init__(
        self,
        stream: Begun,
        headers: Mapping[str, str],
        media_type: str,
        status: HTTPStatus = HTTPStatus.OK,
    ) -> None:
        super().__init__(stream.whole(), status, headers, media_type)
        self._stream = stream

    async def stream_response(self, send: Send) -> None:
        async with aclosing(self._stream.rest):
            try:
                await super().stream_response(send)
            except PhotochromError as error:
                raise DownloadCut(error) from error


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes of which any span can be had. `tag`, the ETag without its quotes, stands for these very bytes."""

    size: int
    tag: str
    filename: str
    media_type: str
    open: Callable[[Span], AsyncGenerator[bytes, None]]


class RangeHeaders(BaseModel):
    """What a download manager says."""

    range: str | None = Field(None, description="one range of bytes: `bytes=1000-`, `bytes=0-999`, `bytes=-1000`")
    if_range: str | None = Field(None, description="the ETag of what the range is to go on from; else all is sent")
    if_none_match: str | None = Field(None, description="the ETag of what you have")


def described(filename: str, size: int | None = None) -> dict[str, str]:
    """The headers of any download."""
    length = {} if size is None else {"Content-Length": str(size)}
    # What clients have sent us is never to be guessed at by a browser.
    return {**length, "Content-Disposition": content_disposition(filename), "X-Content-Type-Options": "nosniff"}


async def hand_out(
    content: Content, method: str, wanted: RangeHeaders, headers: Mapping[str, str] | None = None
) -> Response:
    """All of it, the range asked for, or only its headers (RFC 9110, §13 and §14). Raises RangeNotSatisfiable."""
    tagged = {"ETag": f'"{content.tag}"', "Accept-Ranges": "bytes", **(headers or {})}
    if has_current(wanted.if_none_match, content.tag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=tagged)
    span, status = None, HTTPStatus.OK
    if method == "GET" and wanted.if_range in (None, f'"{content.tag}"'):
        span = requested_span(wanted.range, content.size)
    if span is not None:
        status = HTTPStatus.PARTIAL_CONTENT
        tagged["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{content.size}"
    span = span or Span(0, content.size)
    described_by = {**described(content.filename, span.size), **tagged}
    if method == "HEAD":
        return Response(status_code=status, headers=described_by, media_type=content.media_type)
    return Download(await Begun.of(content.open(span)), described_by, content.media_type, status)


async def result_response(
    gateway: Gateway,
    item: Item,
    variant: int = 1,
    *,
    method: str = "GET",
    wanted: RangeHeaders | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """One of an item's results as a download. Raises StorageUnavailable, ObjectNotFound where the record is wrong."""
    member, result = item.filed()[variant - 1]
    wanted = wanted or RangeHeaders()
    name = PurePosixPath(member).name
    filename = f"variant-{variant}-{name}" if len(item.results) > 1 else name
    # The URL is signed for GET alone; what HEAD asks for is known here.
    is_redirected = gateway.settings.storage.public_endpoint_url is not None and method != "HEAD"
    if is_redirected and not has_current(wanted.if_none_match, result.sha256):
        url = gateway.storage.presign_get(result.key, gateway.settings.presigned_seconds, filename, result.media_type)
        return RedirectResponse(url, HTTPStatus.SEE_OTHER, {"Cache-Control": "no-store"})

    def open_span(span: Span) -> AsyncGenerator[bytes, None]:
        return gateway.storage.open_range(result.key, span.start, span.size)

    content = Content(result.bytes, result.sha256, filename, result.media_type, open_span)
    return await hand_out(content, method, wanted, headers)


async def source_response(gateway: Gateway, item: Item) -> Response:
    """What came in, as a download: out of the archive where it lies in one, out of the bucket in which it was listed.
    Raises EntryError, StorageUnavailable.

    Whole only: its checksum is of the whole, and what was deflated cannot be entered in the middle.
    """
    locator = cast(Locator, item.locator)
    content = stream_object(gateway.buckets, locator) if is_listed(locator) else stream_entry(gateway.storage, locator)
    stream = await Begun.of(content)
    found = sniff(stream.first[:SNIFF_BYTES])
    media_type = found if found in PICTURES else "application/octet-stream"
    headers = {**described(PurePosixPath(item.member).name, locator["size"]), "Accept-Ranges": "none"}
    return Download(stream, headers, media_type)
