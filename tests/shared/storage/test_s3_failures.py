"""Failures of a server are retried, or become errors of object storage."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import anyio
import pytest

from shared.storage.errors import ObjectNotFound, ObjectTooShort, StorageFull, StorageRefused, StorageUnavailable
from shared.storage.protocol import ObjectInfo
from shared.storage.s3 import S3Storage
from tests.fixtures.storage import bucket_settings

pytestmark = pytest.mark.anyio

CONTENT = bytes(range(256)) * 4000
Script = Callable[["Scripted"], None]


class Scripted(BaseHTTPRequestHandler):
    """Responds to each request with the next script, and repeats the last one."""

    protocol_version = "HTTP/1.1"
    server: "ScriptedServer"

    def do_GET(self) -> None:
        scripts = self.server.scripts
        script = scripts.pop(0) if len(scripts) > 1 else scripts[0]
        self.server.ranges.append(self.headers.get("Range", ""))
        script(self)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.do_GET()

    def do_POST(self) -> None:
        self.do_PUT()

    def log_message(self, format: str, *args: object) -> None:
        pass


class ScriptedServer(ThreadingHTTPServer):
    scripts: list[Script]
    ranges: list[str]

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients may close the connection early."""


def content(sent: int | None = None, etag: str = "v1") -> Script:
    """The requested range. If `sent` is given, the connection breaks after that many bytes."""

    def answer(request: Scripted) -> None:
        span = request.headers.get("Range", "bytes=0-").removeprefix("bytes=")
        first, _, last = span.partition("-")
        body = CONTENT[int(first) : int(last or len(CONTENT)) + 1]
        replaced = request.headers.get("If-Match", f'"{etag}"') != f'"{etag}"'
        request.send_response(412 if replaced else 206)
        request.send_header("Content-Length", str(len(body)))
        request.send_header("ETag", f'"{etag}"')
        request.end_headers()
        request.wfile.write(body[:sent])
        request.close_connection = True

    return answer


def status(code: int, error: str = "") -> Script:
    def answer(request: Scripted) -> None:
        body = f"<Error><Code>{error}</Code></Error>".encode() if error else b""
        request.send_response(code)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return answer


def page(request: Scripted) -> None:
    """What a captive portal responds to everything. It happens to parse as XML."""
    body = b"<html><body>Please sign in.</body></html>"
    request.send_response(200)
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body if request.command != "HEAD" else b"")


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    server = ScriptedServer(("127.0.0.1", 0), Scripted)
    server.scripts, server.ranges = [status(500)], []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def storage(server: ScriptedServer) -> Iterator[S3Storage]:
    storage = S3Storage(bucket_settings(f"http://127.0.0.1:{server.server_port}"))
    yield storage
    storage.close()


async def test_a_range_whose_body_is_cut_off_is_requested_again(server: ScriptedServer, storage: S3Storage) -> None:
    server.scripts = [content(sent=100), content(sent=0), content()]

    assert await storage.get_range("a", 10, 5000) == CONTENT[10:5010]


async def test_a_stream_that_is_cut_off_resumes_where_it_was(server: ScriptedServer, storage: S3Storage) -> None:
    server.scripts = [content(sent=600_000), content(sent=300_000), content()]

    received = b"".join([chunk async for chunk in storage.open_range("a", 0, len(CONTENT))])

    assert received == CONTENT
    assert [span.partition("-")[0] for span in server.ranges] == [
        "bytes=0",
        "bytes=600000",
        "bytes=900000",
    ]


async def test_a_resumed_stream_never_continues_with_another_object(server: ScriptedServer, storage: S3Storage) -> None:
    server.scripts = [content(sent=600_000), content(etag="v2")]

    with pytest.raises(ObjectTooShort):
        assert [chunk async for chunk in storage.open_range("a", 0, len(CONTENT))]


async def test_a_body_that_is_always_cut_off_is_unavailable(server: ScriptedServer, storage: S3Storage) -> None:
    server.scripts = [content(sent=100)]

    with pytest.raises(StorageUnavailable):
        await storage.get_range("a", 0, 5000)
    with pytest.raises(StorageUnavailable):
        assert [chunk async for chunk in storage.open_range("a", 0, 5000)]


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (status(404, "NoSuchKey"), ObjectNotFound),
        (status(404, "NoSuchBucket"), StorageRefused),
        (status(416, "InvalidRange"), ObjectTooShort),
        (status(403, "AccessDenied"), StorageRefused),
        (status(400, "InvalidArgument"), StorageRefused),
        (status(400, "BadDigest"), StorageUnavailable),
        (status(403, "RequestTimeTooSkewed"), StorageUnavailable),
    ],
)
async def test_a_permanent_error_of_the_server_has_its_own_class(
    server: ScriptedServer, storage: S3Storage, script: Script, error: type[Exception]
) -> None:
    server.scripts = [script]

    with pytest.raises(error):
        await storage.get_range("a", 0, 10)


async def test_a_server_error_is_retried_and_then_unavailable(server: ScriptedServer, storage: S3Storage) -> None:
    server.scripts = [status(503, "SlowDown"), content()]
    assert await storage.get_range("a", 0, 10) == CONTENT[:10]

    server.scripts = [status(500, "InternalError")]
    with pytest.raises(StorageUnavailable):
        await storage.ping()


@pytest.mark.parametrize(("code", "error"), [(507, "XMinioStorageFull"), (403, "QuotaExceeded")])
async def test_a_server_without_room_is_full_and_is_not_asked_again(
    server: ScriptedServer, storage: S3Storage, code: int, error: str
) -> None:
    server.scripts = [status(code, error)]

    with pytest.raises(StorageFull, match=error):
        await storage.put("a", CONTENT, "text/plain")

    assert len(server.ranges) == 1


async def test_a_server_that_never_responds_is_retried_and_then_unavailable(server: ScriptedServer) -> None:
    settings = bucket_settings(f"http://127.0.0.1:{server.server_port}")
    server.scripts = [lambda _: time.sleep(1), content(), lambda _: time.sleep(1)]
    with closing(S3Storage(settings.model_copy(update={"timeout_seconds": 0.1}))) as storage:
        assert await storage.get_range("a", 0, 10) == CONTENT[:10]

        with pytest.raises(StorageUnavailable):
            await storage.get_range("a", 0, 10)


@pytest.mark.parametrize("abandon", [False, True])
async def test_a_canceled_call_is_not_retried(server: ScriptedServer, abandon: bool) -> None:
    requested = anyio.Event()
    loop = asyncio.get_running_loop()

    def busy(request: Scripted) -> None:
        loop.call_soon_threadsafe(requested.set)
        time.sleep(0.2)
        status(503, "SlowDown")(request)

    server.scripts = [busy]
    settings = bucket_settings(f"http://127.0.0.1:{server.server_port}")
    with closing(S3Storage(settings, abandon_on_cancel=abandon)) as storage:
        async with anyio.create_task_group() as group:
            group.start_soon(storage.put, "a", CONTENT, "text/plain")
            await requested.wait()
            group.cancel_scope.cancel()
        await anyio.sleep(2)  # By then the client would have retried.

    assert len(server.ranges) == 1


async def listed(storage: S3Storage) -> list[ObjectInfo]:
    return [info async for info in storage.list_prefix("a")]


@pytest.mark.parametrize(
    "call",
    [
        lambda storage: storage.put("a", CONTENT, "text/plain"),
        lambda storage: storage.begin_parts("a", "text/plain"),
        lambda storage: storage.put_part("a", "upload", 1, CONTENT),
        lambda storage: storage.complete_parts("a", "upload", ["etag"], len(CONTENT)),
        lambda storage: storage.get("a"),
        lambda storage: storage.get_range("a", 0, 10),
        lambda storage: storage.head("a"),
        lambda storage: storage.delete_prefix("a"),
        listed,
    ],
    ids=["put", "begin parts", "put part", "complete parts", "get", "get range", "head", "delete prefix", "list"],
)
async def test_a_page_of_something_else_is_no_response_of_object_storage(
    server: ScriptedServer, storage: S3Storage, call: Callable[[S3Storage], Awaitable[object]]
) -> None:
    server.scripts = [page]

    with pytest.raises(StorageUnavailable):
        await call(storage)
