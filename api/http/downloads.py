"""Downloads: streams of known length, whole or by range."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Header, Request
from pydantic import BaseModel, Field
from starlette.responses import Response, StreamingResponse
from starlette.types import Send

from api.http.errors import DownloadCut
from api.http.etags import has_current
from api.http.filenames import content_disposition
from api.http.ranges import Span, requested_span
from shared.errors import PhotochromError

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class StartedStream:
    """A stream whose first chunk has been read, so that an error shows while a proper answer is still possible."""

    first: bytes
    rest: AsyncGenerator[bytes, None]

    @classmethod
    async def of(cls, content: AsyncGenerator[bytes, None]) -> "StartedStream":
        return cls(await anext(content, b""), content)

    async def whole(self) -> AsyncGenerator[bytes, None]:
        yield self.first
        async for chunk in self.rest:
            yield chunk


class Download(StreamingResponse):
    """Closes its stream when the client disconnects, which gives the connection to storage back."""

    def __init__(
        self,
        stream: StartedStream,
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
    """Bytes that can be opened at any span. `tag`, the ETag without its quotes, identifies exactly these bytes."""

    size: int
    tag: str
    filename: str
    media_type: str
    open: Callable[[Span], AsyncGenerator[bytes, None]]


class RangeHeaders(BaseModel):
    """The headers by which clients resume a download or validate what they have."""

    range: str | None = Field(None, description="one range of bytes: `bytes=1000-`, `bytes=0-999`, `bytes=-1000`")
    if_range: str | None = Field(
        None, description="the ETag of the content that the range continues; if it has changed, all of it is sent"
    )
    if_none_match: str | None = Field(None, description="the ETag of the version you have")


@dataclass(frozen=True, slots=True)
class RangeRequest:
    """Whether a client requests a content or only its headers, and which part of it."""

    method: str = "GET"
    headers: RangeHeaders = field(default_factory=RangeHeaders)


async def _range_request(request: Request, headers: Annotated[RangeHeaders, Header()]) -> RangeRequest:
    return RangeRequest(request.method, headers)


RangeRequestOf = Annotated[RangeRequest, Depends(_range_request)]


def download_route(
    router: APIRouter, path: str, *, summary: str, responses: dict[int | str, dict[str, Any]]
) -> Callable[[Endpoint], Endpoint]:
    """Decorates the endpoint of a content, for GET and HEAD."""

    def register(endpoint: Endpoint) -> Endpoint:
        router.head(path, include_in_schema=False)(endpoint)
        return router.get(path, summary=summary, response_class=Response, responses=responses)(endpoint)

    return register


def download_headers(filename: str, size: int | None = None) -> dict[str, str]:
    """The headers that every download has."""
    length = {} if size is None else {"Content-Length": str(size)}
    # Clients sent us these bytes: no browser may guess what they are.
    return {**length, "Content-Disposition": content_disposition(filename), "X-Content-Type-Options": "nosniff"}


async def content_response(
    content: Content, request: RangeRequest, headers: Mapping[str, str] | None = None
) -> Response:
    """All of it, the requested range, or only its headers (RFC 9110, §13 and §14). Raises RangeNotSatisfiable."""
    tagged = {"ETag": f'"{content.tag}"', "Accept-Ranges": "bytes", **(headers or {})}
    if has_current(request.headers.if_none_match, content.tag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=tagged)
    span, status = None, HTTPStatus.OK
    if request.method == "GET" and request.headers.if_range in (None, f'"{content.tag}"'):
        span = requested_span(request.headers.range, content.size)
    if span is not None:
        status = HTTPStatus.PARTIAL_CONTENT
        tagged["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{content.size}"
    span = span or Span(0, content.size)
    all_headers = {**download_headers(content.filename, span.size), **tagged}
    if request.method == "HEAD":
        return Response(status_code=status, headers=all_headers, media_type=content.media_type)
    return Download(await StartedStream.of(content.open(span)), all_headers, content.media_type, status)
