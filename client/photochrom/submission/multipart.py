"""Files on their way into object storage, part by part: each part can be sent again by itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from photochrom.errors import PhotochromAPIError, ServiceUnreachable, SourceError, Unauthorized, UnexpectedAnswer
from photochrom.http.problems import parsed
from photochrom.http.transport import Transport
from photochrom.responses import Document, Upload
from photochrom.sources.local import Source

from .body import ANSWER_SECONDS, OnSent

CONNECTIONS = 4


class Uploader:
    """One upload of some files, a few at a time. `on_sent` hears of the bytes of all of them together."""

    def __init__(self, transport: Transport, on_sent: OnSent | None) -> None:
        self._transport = transport
        self._on_sent = on_sent
        self._sent = 0
        self._total = 0
        self._begun: list[Upload] = []
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    def send(self, files: Sequence[Source | Upload]) -> list[Upload]:
        """All in their order, those that were sent before as they are. Raise `SourceError` for a file that is empty or
        of unknown length.
        """
        self._total = sum(_length(file) for file in files if isinstance(file, Source))
        with ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="photochrom-upload") as pool:
            under_way = [file if isinstance(file, Upload) else pool.submit(self._send_one, file) for file in files]
            try:
                # The first to fail is to be heard of at once, whichever it is.
                for future in as_completed(each for each in under_way if isinstance(each, Future)):
                    future.result()
                return [each if isinstance(each, Upload) else each.result() for each in under_way]
            except BaseException:
                # Also Ctrl-C: the threads end with the part that they are at.
                self._stopped.set()
                pool.shutdown(cancel_futures=True)
                self.drop()
                raise

    def drop(self) -> None:
        """Remove what was sent, as well as it can be done now: the service removes it after a day."""
        with suppress(ServiceUnreachable):
            for upload in self._begun:
                self._drop(upload_path(upload))

    def _drop(self, path: str) -> None:
        with suppress(PhotochromAPIError):
            self._transport.patiently(lambda: self._transport.request("DELETE", path), patience=0)

    def _send_one(self, source: Source) -> Upload:
        upload, page = parsed(
            self._transport.post_json("/v1/uploads", {"filename": source.filename, "bytes": _length(source)}),
            lambda document: (Upload.from_json(document), document["parts"]),
        )
        self._begun.append(upload)
        sent = [{"number": number, "etag": etag} for number, etag in self._parts(upload, page, source)]
        path = f"{upload_path(upload)}/complete"
        return parsed(self._transport.post_json(path, {"parts": sent}, read_seconds=ANSWER_SECONDS), Upload.from_json)

    def _parts(self, upload: Upload, page: Document, source: Source) -> Iterator[tuple[int, str]]:
        """Send them, and give each one's number and ETag."""
        content, cursor = _Content(source), None
        while True:
            for place in range(len(page["data"])):
                if self._stopped.is_set():
                    raise SourceError("The upload was stopped.")
                part = page["data"][place]
                body = content.read(part["bytes"])
                try:
                    etag = self._put(part["url"], body)
                except Unauthorized:
                    # An address is good for a while only.
                    page = self._page(upload, cursor)
                    etag = self._put(page["data"][place]["url"], body)
                self._count(len(body))
                yield part["number"], etag
            cursor = page["next_cursor"]
            if cursor is None:
                content.expect_end()
                return
            page = self._page(upload, cursor)

    def _page(self, upload: Upload, cursor: str | None) -> Document:
        params = {"after": cursor} if cursor else None
        return parsed(self._transport.get(f"{upload_path(upload)}/parts", params=params), _checked)

    def _put(self, url: str, body: bytes) -> str:
        answer = self._transport.patiently(lambda: self._transport.request("PUT", url, content=body))
        if "ETag" not in answer.headers:
            raise UnexpectedAnswer(f"{answer.url.host} did not answer as object storage does.")
        return answer.headers["ETag"]

    def _count(self, sent: int) -> None:
        with self._lock:
            self._sent += sent
            if self._on_sent:
                self._on_sent(self._sent, self._total)


class _Content:
    """A source's bytes, cut anew."""

    def __init__(self, source: Source) -> None:
        self._name = source.filename or "the file object"
        self._blocks = source.blocks()
        self._rest = bytearray()

    def read(self, length: int) -> bytes:
        while len(self._rest) < length:
            block = next(self._blocks, None)
            if block is None:
                raise SourceError(f"Cannot read all of {self._name}: it became shorter while it was sent.")
            self._rest += block
        taken = bytes(self._rest[:length])
        del self._rest[:length]
        return taken

    def expect_end(self) -> None:
        if self._rest or next(self._blocks, None):
            raise SourceError(f"{self._name} became longer while it was sent.")


def upload_path(upload: Upload | str) -> str:
    return f"/v1/uploads/{quote(upload if isinstance(upload, str) else upload.id, safe='')}"


def _length(source: Source) -> int:
    name = source.filename or "the file object"
    if source.total is None:
        raise SourceError(f"{name} comes through a pipe, so its length is not known; save it to a file first.")
    if not source.total:
        raise SourceError(f"{name} is empty.")
    return source.total


def _checked(page: Document) -> Mapping[str, Any]:
    return {"data": list(page["data"]), "next_cursor": page["next_cursor"]}
