"""The embedded stack's object storage: localbucket on loopback, with what it needs to be relied upon.

Requests must carry our signature, and none may come from a web page; an object is stored whole and synced or not at
all; ranged reads wait for no Nagle and hash nothing. Each folder in `--root` is a bucket.
"""

import argparse
import errno
import hashlib
import heapq
import logging
import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any, BinaryIO

import localbucket
from localbucket import S3Error

from infra.standalone.bucket_files import (
    copy_ranges,
    file_version,
    remove_abandoned,
    write_bytes,
    write_whole,
)
from infra.standalone.sigv4 import UNSIGNED, AccessKey, BadSignature, Request, check_signature

LOOPBACK = "127.0.0.1"
DRAIN_SECONDS = 10.0
WRITING = ".photochrom-writing"
KEY_ID = "PHOTOCHROM_STORAGE__ACCESS_KEY_ID"
KEY_SECRET = "PHOTOCHROM_STORAGE__SECRET_ACCESS_KEY"

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})

# There is no other place to say these. localbucket's own hash every object when it is written, and again at its first
# ranged read after a restart, and remember each ETag for ever.
localbucket.object_etag = file_version
localbucket.remember_etag = lambda path, etag: None
localbucket.write_bytes = write_bytes
localbucket.copy_ranges = copy_ranges


class BucketServer(ThreadingHTTPServer):
    """Serves one thread per connection, and knows how many requests are being answered."""

    request_queue_size = 128

    def __init__(self, root: Path, port: int, key: AccessKey) -> None:
        self.root = root
        self.key = key
        self.draining = False
        self._idle = threading.Condition()
        self._requests = 0
        # What a crash left half written. Uploads that never ended are found by their age.
        remove_abandoned(root / localbucket.UPLOADS_DIR)
        shutil.rmtree(root / WRITING, ignore_errors=True)
        (root / WRITING).mkdir(parents=True)
        super().__init__((LOOPBACK, port), BucketHandler)

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
        """Until SIGTERM or SIGINT; then answer what has begun and refuse the rest."""
        for number in (signal.SIGTERM, signal.SIGINT):
            # Not here: a handler runs on the thread that serves, and would wait for itself.
            signal.signal(number, lambda *_: threading.Thread(target=self.shutdown).start())
        self.serve_forever(poll_interval=0.1)
        self.draining = True
        with self._idle:
            self._idle.wait_for(lambda: not self._requests, timeout=DRAIN_SECONDS)
        self.socket.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that hangs up is none of our errors.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class BucketHandler(localbucket.S3Handler):  # type: ignore[misc]
    """localbucket's requests, each checked first and each write made durable."""

    server: BucketServer
    # Headers and body are written apart: with Nagle's algorithm the body would wait for the first's acknowledgment.
    disable_nagle_algorithm = True

    @property
    def data_root(self) -> Path:
        return self.server.root

    def do_OPTIONS(self) -> None:  # noqa: N802
        self._send_error(_refused("No web page has business here."))

    def handle_expect_100(self) -> bool:
        """Who may not send a body is told before sending it."""
        try:
            self._check_request()
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
                super()._dispatch(partial(_without_room, action))

    def _check_request(self) -> None:
        if self.server.draining:
            raise S3Error(HTTPStatus.SERVICE_UNAVAILABLE, "ServiceUnavailable", "The server is stopping.")
        host = (self.headers.get("Host") or "").rpartition(":")[0] or self.headers.get("Host")
        if host not in _LOCAL_NAMES or "Origin" in self.headers:
            raise _refused("Only local programs are served.")
        path, _, query = self.path.partition("?")
        request = Request(self.command, path, query, self.headers.get)
        try:
            check_signature(request, self.server.key, datetime.now(UTC))
        except BadSignature as error:
            raise _refused(str(error)) from None

    def _read_body(self) -> bytes:
        """The body, whole and as signed, or an error: a short one must not be stored."""
        length = self.headers.get("Content-Length", "")
        signed = self.headers.get("x-amz-content-sha256", UNSIGNED)
        if not length.isdigit():
            raise S3Error(HTTPStatus.LENGTH_REQUIRED, "MissingContentLength", "Say how long the body is.")
        if signed.startswith("STREAMING-"):
            raise self._not_implemented_error()
        body: bytes = self.rfile.read(int(length))
        if len(body) != int(length):
            raise S3Error(HTTPStatus.BAD_REQUEST, "IncompleteBody", "The body ended early.")
        if signed not in (UNSIGNED, hashlib.sha256(body).hexdigest()):
            raise S3Error(HTTPStatus.BAD_REQUEST, "XAmzContentSHA256Mismatch", "The body is not the signed one.")
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
        self,
        bucket_dir: Path,
        prefix: str,
        delimiter: str,
        marker: str,
        marker_is_prefix: bool,
        max_keys: int,
    ) -> tuple[list[tuple[str, Path]], list[str], bool, str]:
        """localbucket walks the whole bucket for each page; a prefix with a slash need not."""
        folder = (bucket_dir / prefix.rpartition("/")[0]).resolve()
        if delimiter or not folder.is_relative_to(bucket_dir.resolve()):
            return super()._list_entries(  # type: ignore[no-any-return]
                bucket_dir, prefix, delimiter, marker, marker_is_prefix, max_keys
            )
        found = (
            (path.relative_to(bucket_dir.resolve()).as_posix(), path)
            for parent, _, names in os.walk(folder)
            for path in (Path(parent, name) for name in names)
        )
        wanted = (item for item in found if item[0].startswith(prefix) and item[0] > marker)
        page = heapq.nsmallest(max_keys + 1, wanted)
        contents = page[:max_keys]
        return contents, [], len(page) > max_keys, f"K:{contents[-1][0]}" if contents else ""


def _without_room(action: Callable[[str, str], None], bucket: str, key: str) -> None:
    """Say by its name what else would only break the connection."""
    try:
        action(bucket, key)
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        raise S3Error(HTTPStatus.INSUFFICIENT_STORAGE, "InsufficientStorage", "The disk is full.") from error


def _refused(message: str) -> S3Error:
    return S3Error(HTTPStatus.FORBIDDEN, "AccessDenied", message)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m infra.standalone.bucket",
        description="Serve S3 on loopback from a folder. The key pair comes from the environment.",
    )
    parser.add_argument("--root", type=Path, required=True, help="folder that holds a folder per bucket")
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    try:
        key = AccessKey(os.environ[KEY_ID], os.environ[KEY_SECRET])
    except KeyError as missing:
        sys.exit(f"{missing.args[0]} is not set.")
    try:
        server = BucketServer(arguments.root.resolve(), arguments.port, key)
    except OSError as error:
        sys.exit(f"Port {arguments.port} cannot be opened: {error.strerror}.")
    server.serve_until_stopped()


if __name__ == "__main__":
    main()
