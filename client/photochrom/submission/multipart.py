"""Multipart uploads into object storage: a broken connection costs one part, not the file."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from photochrom.errors import (
    Conflict,
    NotFound,
    PhotochromAPIError,
    Refused,
    ServiceUnreachable,
    SourceError,
    Unauthorized,
    UnexpectedAnswer,
)
from photochrom.http.problems import parsed
from photochrom.http.transport import Transport
from photochrom.responses import Document, Upload
from photochrom.sources.local import Source

from .body import ANSWER_SECONDS, OnSent
from .journal import Record, UploadJournal

CONNECTIONS = 4


class Uploader:
    """Uploads files, a few at a time. `on_sent` gets the bytes sent of all of them together.

    With a journal, an upload that failed or was interrupted is continued by the next one of the same file.
    """

    def __init__(self, transport: Transport, on_sent: OnSent | None, journal: UploadJournal | None = None) -> None:
        self._transport = transport
        self._journal = journal
        self._on_sent = on_sent
        self._sent = 0
        self._total = 0
        self._started: list[Upload] = []
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    def send(self, files: Sequence[Source | Upload]) -> list[Upload]:
        """The uploads in the order of `files`; an `Upload` among them is returned as it is. All or none: on any error
        the uploaded files are removed, unless a journal keeps them for the next try. Raise `SourceError` for a file
        that is empty or of unknown length.
        """
        self._total = sum(_length(file) for file in files if isinstance(file, Source))
        with ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="photochrom-upload") as pool:
            pending = [file if isinstance(file, Upload) else pool.submit(self._upload, file) for file in files]
            try:
                # Fail as soon as any upload fails, in whatever order they finish.
                for future in as_completed(entry for entry in pending if isinstance(entry, Future)):
                    future.result()
                uploads = [entry if isinstance(entry, Upload) else entry.result() for entry in pending]
            except BaseException:
                # Including Ctrl-C: each thread stops after its current part.
                self._stopped.set()
                pool.shutdown(cancel_futures=True)
                if self._journal is None:
                    self.drop()
                raise
        if self._journal:
            for file in files:
                if isinstance(file, Source):
                    self._journal.forget(file)
        return uploads

    def drop(self) -> None:
        """Remove the uploaded files, as far as possible; the service removes the rest after a day."""
        with suppress(ServiceUnreachable):
            for upload in self._started:
                self._drop(upload_path(upload))

    def _drop(self, path: str) -> None:
        with suppress(PhotochromAPIError):
            self._transport.with_retries(lambda: self._transport.request("DELETE", path), patience=0)

    def _upload(self, source: Source) -> Upload:
        upload, page, record = self._resumed(source) or self._begun(source)
        if upload.state == "completed":
            self._count(_length(source))
            return upload
        parts = []
        for number, etag in self._parts(upload, page, source, record.etags):
            parts.append({"number": number, "etag": etag})
            if self._journal and record.etags.get(number) != etag:
                record.etags[number] = etag
                self._journal.save(source, record)
        path = f"{upload_path(upload)}/complete"
        try:
            response = self._transport.post_json(
                path, {"parts": parts}, read_seconds=ANSWER_SECONDS, may_repeat=self._continues
            )
        except Refused:
            # Parts that the service does not know (any more) must not be listed again.
            if self._journal:
                self._journal.forget(source)
            raise
        return parsed(response, Upload.from_json)

    def _begun(self, source: Source) -> tuple[Upload, Document, Record]:
        upload, page = parsed(
            self._transport.post_json("/v1/uploads", {"filename": source.filename, "bytes": _length(source)}),
            lambda document: (Upload.from_json(document), document["parts"]),
        )
        self._started.append(upload)
        return upload, page, Record(upload.id)

    def _resumed(self, source: Source) -> tuple[Upload, Document, Record] | None:
        """The upload that was begun before, if the service still has it and no job uses it."""
        record = self._journal.find(source) if self._journal else None
        if record is None:
            return None
        try:
            upload = parsed(self._transport.get(upload_path(record.upload)), Upload.from_json)
            if upload.state == "used" or upload.bytes != source.total:
                return None
            return upload, {} if upload.state == "completed" else self._page(upload, None), record
        except (NotFound, Conflict):
            return None

    def _parts(
        self, upload: Upload, page: Document, source: Source, sent: Mapping[int, str]
    ) -> Iterator[tuple[int, str]]:
        """Send every part that was not sent before, and yield the number and ETag of each."""
        content, cursor = _Content(source), None
        while True:
            for position in range(len(page["data"])):
                if self._stopped.is_set():
                    raise SourceError("The upload was stopped.")
                part = page["data"][position]
                body = content.read(part["bytes"])
                if part["number"] in sent:
                    self._count(len(body))
                    yield part["number"], sent[part["number"]]
                    continue
                try:
                    etag = self._put(part["url"], body)
                except Unauthorized:
                    # The presigned URL has expired.
                    page = self._page(upload, cursor)
                    etag = self._put(page["data"][position]["url"], body)
                self._count(len(body))
                yield part["number"], etag
            cursor = page["next_cursor"]
            if cursor is None:
                content.expect_end()
                return
            page = self._page(upload, cursor)

    def _page(self, upload: Upload, cursor: str | None) -> Document:
        params = {"after": cursor} if cursor else None
        return parsed(
            self._transport.get(f"{upload_path(upload)}/parts", params=params, may_repeat=self._continues), _checked
        )

    def _continues(self) -> bool:
        """After Ctrl-C or a failure no thread repeats a request: the command waits for all of them."""
        return not self._stopped.is_set()

    def _put(self, url: str, body: bytes) -> str:
        response = self._transport.with_retries(
            lambda: self._transport.request("PUT", url, content=body), may_repeat=self._continues
        )
        if "ETag" not in response.headers:
            raise UnexpectedAnswer(f"The response of {response.url.host} is not that of object storage: no ETag.")
        return response.headers["ETag"]

    def _count(self, sent: int) -> None:
        with self._lock:
            self._sent += sent
            if self._on_sent:
                self._on_sent(self._sent, self._total)


class _Content:
    """A source's bytes, cut into parts."""

    def __init__(self, source: Source) -> None:
        self._name = source.filename or "the file object"
        self._blocks = source.blocks()
        self._rest = bytearray()

    def read(self, length: int) -> bytes:
        while len(self._rest) < length:
            block = next(self._blocks, None)
            if block is None:
                raise SourceError(f"Cannot read all of {self._name}: it became shorter during the upload.")
            self._rest += block
        part = bytes(self._rest[:length])
        del self._rest[:length]
        return part

    def expect_end(self) -> None:
        if self._rest or next(self._blocks, None):
            raise SourceError(f"{self._name} became longer during the upload.")


def upload_path(upload: Upload | str) -> str:
    return f"/v1/uploads/{quote(upload if isinstance(upload, str) else upload.id, safe='')}"


def _length(source: Source) -> int:
    name = source.filename or "the file object"
    if source.total is None:
        raise SourceError(f"Cannot upload {name}: it comes through a pipe of unknown length. Save it to a file.")
    if not source.total:
        raise SourceError(f"Cannot upload {name}: it is empty.")
    return source.total


def _checked(page: Document) -> Mapping[str, Any]:
    return {"data": list(page["data"]), "next_cursor": page["next_cursor"]}
