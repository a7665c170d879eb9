"""Handing out bytes: streamed with a known length, or by a redirect to where clients can fetch them themselves."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import cast

from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.types import Send

from api.dependencies import Gateway
from api.errors import DownloadCut
from api.etags import has_current
from api.filenames import content_disposition, result_member
from shared.archives.entries import Locator
from shared.archives.sniffing import PICTURES, SNIFF_BYTES, sniff
from shared.archives.streaming import stream_entry
from shared.chunks.documents import Item
from shared.errors import PhotochromError


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
        size: int,
        filename: str,
        media_type: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        described = {
            "Content-Length": str(size),
            "Content-Disposition": content_disposition(filename),
            # What clients have sent us is never to be guessed at by a browser.
            "X-Content-Type-Options": "nosniff",
        }
        super().__init__(stream.whole(), headers={**described, **(headers or {})}, media_type=media_type)
        self._stream = stream

    async def stream_response(self, send: Send) -> None:
        async with aclosing(self._stream.rest):
            try:
                await super().stream_response(send)
            except PhotochromError as error:
                raise DownloadCut(error) from error


async def result_response(
    gateway: Gateway,
    item: Item,
    *,
    if_none_match: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An item's result as a download. Raises StorageUnavailable, and ObjectNotFound where the record is wrong."""
    result = item.results[0]
    described = {"ETag": f'"{result.sha256}"', **(headers or {})}
    if has_current(if_none_match, result.sha256):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=described)
    filename = PurePosixPath(result_member(item.member, result.media_type)).name
    if gateway.settings.storage.public_endpoint_url is not None:
        url = gateway.storage.presign_get(
            result.key, gateway.settings.presigned_seconds, filename, result.media_type
        )
        return RedirectResponse(url, HTTPStatus.SEE_OTHER, {"Cache-Control": "no-store"})
    stream = await Begun.of(gateway.storage.open_range(result.key, 0, result.bytes))
    return Download(stream, result.bytes, filename, result.media_type, described)


async def source_response(gateway: Gateway, item: Item) -> Response:
    """What came in, as a download: out of the archive where it lies in one. Raises EntryError, StorageUnavailable."""
    locator = cast(Locator, item.locator)
    stream = await Begun.of(stream_entry(gateway.storage, locator))
    found = sniff(stream.first[:SNIFF_BYTES])
    media_type = found if found in PICTURES else "application/octet-stream"
    return Download(stream, locator["size"], PurePosixPath(item.member).name, media_type)
