"""localbucket on loopback, with the changes that the embedded stack needs.

Requests must be signed with our key and must not come from a web page, except one of the gateway itself. Writes are
atomic and synced, and leave a reserve of free space. Ranged reads are not delayed by Nagle's algorithm and compute no
hash. Each folder in the root is a bucket.
"""

import errno
import hashlib
import heapq
import os
import shutil
import signal
import socket
import sys
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any, BinaryIO

import localbucket
from localbucket import S3Error

from infra.standalone.bucket import begun_parts
from infra.standalone.bucket.files import (
    copy_ranges,
    file_version,
    remove_abandoned,
    write_bytes,
    write_whole,
)
from infra.standalone.bucket.room import NoRoom, Room
from infra.standalone.bucket.signature import UNSIGNED, AccessKey, BadSignature, Request, check_signature

LOOPBACK = "127.0.0.1"
DRAIN_SECONDS = 10.0
WRITING = ".photochrom-writing"
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, PUT",
    "Access-Control-Allow-Headers": "content-type, range",
    "Access-Control-Max-Age": "3600",
}

_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_WRITING_METHODS = frozenset({"PUT", "POST"})
_LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})

# Replaced here because localbucket has no option for them. Its own functions hash every object when it is written and
# again at its first ranged read after a restart, and keep every ETag in memory forever.
localbucket.object_etag = file_version
localbucket.remember_etag = lambda path, etag: None
localbucket.write_bytes = write_bytes
localbucket.copy_ranges = copy_ranges


class BucketServer(ThreadingHTTPServer):
    """Serves each connection in a thread, and counts the requests in progress."""

    request_queue_size = 128

    def __init__(
        self,
        root: Path,
        port: int,
        key: AccessKey,
        reserve_bytes: int | None = None,
        *,
        host: str = LOOPBACK,
        origins: Collection[str] = (),
    ) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.root = root
        self.key = key
        # Of pages that may send parts of uploads and read results.
        self.origins = frozenset(origins)
        self.room = Room(root, reserve_bytes)
        self.draining = False
        self._idle = threading.Condition()
        self._requests = 0
        # Partial writes left by a crash. Abandoned uploads are recognized by their age.
        remove_abandoned(root / localbucket.UPLOADS_DIR)
        shutil.rmtree(root / WRITING, ignore_errors=True)
        (root / WRITING).mkdir(parents=True)
        self.names = _LOCAL_HOSTS | {f"[{host}]" if ":" in host else host}
        super().__init__((host, port), BucketHandler)

    @contextmanager
    def answering(self) -> Iterator[None]:
        with self._idle:
            self._requests += 1
        try:
            yield
        finally:
            with self._idle:
                self._requests -= 1
                self._idle.notify_all()

    def serve_until_stopped(self) -> None:
        """Serve until SIGTERM or SIGINT, then complete the requests in progress and refuse new ones."""
        for number in (signal.SIGTERM, signal.SIGINT):
            # In a new thread: a signal handler runs on the serving thread, where shutdown would wait for itself.
            signal.signal(number, lambda *_: threading.Thread(target=self.shutdown).start())
        self.serve_forever(poll_interval=0.1)
        self.draining = True
        with self._idle:
            self._idle.wait_for(lambda: not self._requests, timeout=DRAIN_SECONDS)
        self.socket.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that disconnects is not an error of the server.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class BucketHandler(localbucket.S3Handler):  # type: ignore[misc]
    """localbucket's request handler, with a check before each request and durable writes."""

    server: BucketServer
    # Headers and body are separate writes: Nagle's algorithm would delay the body until the headers are acknowledged.
    disable_nagle_algorithm = True

    @property
    def data_root(self) -> Path:
        return self.server.root

    def do_OPTIONS(self) -> None:  # noqa: N802
        """A browser asks before it sends the request of a page. That one has to be signed, too."""
        if not (self._is_from_gateway_page() and self._names_this_server()):
            self._send_error(_access_denied("Requests from pages of other sites are refused."))
            return
        self._send(HTTPStatus.NO_CONTENT, headers=PREFLIGHT)

    def send_header(self, keyword: str, value: str) -> None:
        """localbucket allows every origin, and exposes the ETag to it."""
        if not keyword.startswith("Access-Control-") or self._is_from_gateway_page():
            super().send_header(keyword, value)

    def _is_from_gateway_page(self) -> bool:
        # A request that could not be parsed has no headers.
        return getattr(self, "headers", None) is not None and self.headers.get("Origin") in self.server.origins

    def _names_this_server(self) -> bool:
        host = (self.headers.get("Host") or "").rpartition(":")[0] or self.headers.get("Host")
        return host in self.server.names

    def handle_expect_100(self) -> bool:
        """Refuse a request that is unauthorized, or that there is no room for, before its body is sent."""
        try:
            self._check_request()
            with _reporting_full_disk():
                self.server.room.check(self._declared_length())
        except S3Error as error:
            self._send_error(error)
            return False
        return bool(super().handle_expect_100())

    def _dispatch(self, action: Callable[[str, str], None]) -> None:
        with self.server.answering():
            try:
                self._check_request()
            except S3Error as error:
                self._send_error(error)
            else:
                super()._dispatch(partial(self._act, action))

    def _act(self, action: Callable[[str, str], None], bucket: str, key: str) -> None:
        writes = self.command in _WRITING_METHODS
        with _reporting_full_disk(), self.server.room.granted(self._declared_length()) if writes else nullcontext():
            action(bucket, key)

    def _declared_length(self) -> int:
        length = self.headers.get("Content-Length", "")
        return int(length) if length.isdecimal() else 0

    def _get_request(self, bucket: str, key: str) -> None:
        """localbucket cannot list multipart uploads."""
        if key or "uploads" not in self.query:
            super()._get_request(bucket, key)
            return
        self._check_query("ListMultipartUploads", begun_parts.QUERY)
        self._bucket_dir(bucket)
        self._send_xml(begun_parts.listed(self.data_root, bucket, self.query))

    def _complete_multipart_upload(self, bucket: str, key: str, body: bytes) -> None:
        """The parts are copied before they are removed."""
        parts = self._upload_dir(bucket, key).glob("[0-9]*")
        with self.server.room.granted(sum(part.stat().st_size for part in parts)):
            super()._complete_multipart_upload(bucket, key, body)

    def _check_request(self) -> None:
        if self.server.draining:
            raise S3Error(HTTPStatus.SERVICE_UNAVAILABLE, "ServiceUnavailable", "The server is stopping.")
        is_from_other_page = "Origin" in self.headers and not self._is_from_gateway_page()
        if is_from_other_page or not self._names_this_server():
            raise _access_denied("Only local programs and pages of the gateway may connect.")
        path, _, query = self.path.partition("?")
        request = Request(self.command, path, query, self.headers.get)
        try:
            check_signature(request, self.server.key, datetime.now(UTC))
        except BadSignature as error:
            raise _access_denied(str(error)) from None

    def _read_body(self) -> bytes:
        """The complete body as it was signed. Raise S3Error for a truncated one, which must not be stored."""
        length = self.headers.get("Content-Length", "")
        signed = self.headers.get("x-amz-content-sha256", UNSIGNED)
        if not length.isdigit():
            raise S3Error(HTTPStatus.LENGTH_REQUIRED, "MissingContentLength", "Content-Length is required.")
        if signed.startswith("STREAMING-"):
            raise self._not_implemented_error()
        body: bytes = self.rfile.read(int(length))
        if len(body) != int(length):
            raise S3Error(HTTPStatus.BAD_REQUEST, "IncompleteBody", "The body is shorter than its Content-Length.")
        if signed not in (UNSIGNED, hashlib.sha256(body).hexdigest()):
            raise S3Error(HTTPStatus.BAD_REQUEST, "XAmzContentSHA256Mismatch", "The SHA-256 does not match.")
        return body

    def _write_object(self, bucket: str, key: str, write: Callable[[BinaryIO], str]) -> str:
        exclusive = self.headers.get("If-None-Match", "").strip() == "*"
        target = self._object_path(bucket, key)
        try:
            return write_whole(target, write, aside=self.data_root / WRITING, exclusive=exclusive)
        except FileExistsError:
            raise self._precondition_failed_error() from None

    def _store_part(self, bucket: str, key: str, write: Callable[[BinaryIO], str]) -> str:
        super()._store_part(bucket, key, write)
        return file_version(self._upload_dir(bucket, key) / f"{int(self.query['partNumber']):05d}")

    def _list_entries(
        self, bucket_dir: Path, prefix: str, delimiter: str, marker: str, *options: Any
    ) -> tuple[list[tuple[str, Path]], list[str], bool, str]:
        """Walk only the prefix's folder; localbucket walks the whole bucket for each page.

        `options`: whether the marker is a prefix, and how many entries a page has.
        """
        folder = (bucket_dir / prefix.rpartition("/")[0]).resolve()
        if delimiter or not folder.is_relative_to(bucket_dir.resolve()):
            return super()._list_entries(bucket_dir, prefix, delimiter, marker, *options)  # type: ignore[no-any-return]
        max_keys: int = options[-1]
        entries = (
            (path.relative_to(bucket_dir.resolve()).as_posix(), path)
            for parent, _, names in os.walk(folder)
            for path in (Path(parent, name) for name in names)
        )
        matches = (entry for entry in entries if entry[0].startswith(prefix) and entry[0] > marker)
        page = heapq.nsmallest(max_keys + 1, matches)
        contents = page[:max_keys]
        return contents, [], len(page) > max_keys, f"K:{contents[-1][0]}" if contents else ""


@contextmanager
def _reporting_full_disk() -> Iterator[None]:
    """Turn a disk that is full, or nearly, into an S3 error; otherwise it would only break the connection."""
    try:
        yield
    except NoRoom as error:
        # MinIO's code, as S3 has none for it.
        raise S3Error(HTTPStatus.INSUFFICIENT_STORAGE, "XMinioStorageFull", str(error)) from error
    except OSError as error:
        if error.errno not in _DISK_FULL:
            raise
        raise S3Error(HTTPStatus.INSUFFICIENT_STORAGE, "InsufficientStorage", "The disk is full.") from error


def _access_denied(message: str) -> S3Error:
    return S3Error(HTTPStatus.FORBIDDEN, "AccessDenied", message)
