"""The bucket server as a process: what survives its end, and what it cleans up when it starts."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import anyio
import pytest

from infra.standalone.bucket.files import ABANDONED_SECONDS, write_whole
from infra.standalone.bucket.server import WRITING
from shared.storage.errors import StorageRefused, StorageUnavailable
from shared.storage.s3 import S3Storage
from tests.fixtures.disk import full_disk
from tests.fixtures.ports import free_port
from tests.fixtures.storage import bucket_running, bucket_settings


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "photochrom").mkdir()
    return tmp_path


def storage_at(port: int) -> S3Storage:
    return S3Storage(bucket_settings(f"http://127.0.0.1:{port}"))


@pytest.mark.usefixtures("real_servers")
def test_an_acknowledged_write_survives_a_kill(root: Path) -> None:
    port = free_port()
    storage = storage_at(port)

    with bucket_running(root, port) as process:
        anyio.run(storage.put, "jobs/a/source", b"x" * 100_000, "image/jpeg")
        before = anyio.run(storage.head, "jobs/a/source")
        process.kill()
        process.wait()

    with bucket_running(root, port):
        assert anyio.run(storage.get, "jobs/a/source") == b"x" * 100_000
        assert anyio.run(storage.head, "jobs/a/source") == before
    storage.close()


@pytest.mark.usefixtures("real_servers")
def test_it_completes_requests_in_progress_when_terminated(root: Path) -> None:
    port = free_port()
    storage = storage_at(port)
    content = os.urandom(64 * 1024 * 1024)

    async def read(process: "subprocess.Popen[bytes]") -> bytes:
        """Terminate the server when the first bytes have arrived."""
        received: list[bytes] = []
        async for chunk in storage.open_range("large"):
            if not received:
                process.send_signal(signal.SIGTERM)
            received.append(chunk)
        return b"".join(received)

    with bucket_running(root, port) as process:
        anyio.run(storage.put, "large", content, "image/tiff")
        assert anyio.run(read, process) == content
        assert process.wait(timeout=20) == 0

    storage.close()


@pytest.mark.usefixtures("real_servers")
def test_a_full_disk_is_reported_as_such_and_keeps_the_old_object(root: Path) -> None:
    port = free_port()
    storage = storage_at(port)

    with bucket_running(root, port) as process:
        anyio.run(storage.put, "a", b"before", "text/plain")
        with full_disk(process.pid), pytest.raises(StorageUnavailable, match="507 InsufficientStorage"):
            anyio.run(storage.put, "a", b"x" * 100_000, "text/plain")

        assert anyio.run(storage.get, "a") == b"before"
        assert list((root / WRITING).iterdir()) == []
        anyio.run(storage.put, "a", b"after", "text/plain")
    storage.close()


@pytest.mark.usefixtures("real_servers")
def test_a_stopped_server_is_unavailable_and_one_without_the_bucket_refuses(tmp_path: Path) -> None:
    port = free_port()
    storage = storage_at(port)

    with pytest.raises(StorageUnavailable):
        anyio.run(storage.ping)
    with bucket_running(tmp_path, port), pytest.raises(StorageRefused):
        anyio.run(storage.ping)
    storage.close()


@pytest.mark.usefixtures("real_servers")
def test_leftovers_of_a_crash_are_removed_at_the_start(root: Path) -> None:
    half_written, abandoned, recent = root / WRITING / "tmp1", root / ".localbucket-uploads/old", None
    recent = root / ".localbucket-uploads" / "new"
    half_written.parent.mkdir()
    half_written.write_bytes(b"half")
    abandoned.mkdir(parents=True)
    recent.mkdir()
    long_ago = time.time() - ABANDONED_SECONDS - 60
    os.utime(abandoned, (long_ago, long_ago))

    with bucket_running(root, free_port()):
        assert not half_written.exists()
        assert not abandoned.exists()
        assert recent.exists()


@pytest.mark.usefixtures("real_servers")
def test_a_port_in_use_is_a_message_not_a_traceback(root: Path) -> None:
    port = free_port()

    with bucket_running(root, port):
        second = subprocess.run(
            [sys.executable, "-m", "infra.standalone.bucket", "--root", str(root), "--port", str(port)],
            env=os.environ | {"PHOTOCHROM_STORAGE__ACCESS_KEY_ID": "a", "PHOTOCHROM_STORAGE__SECRET_ACCESS_KEY": "b"},
            capture_output=True,
            text=True,
            check=False,
        )

    assert second.returncode == 1
    assert second.stderr == f"Cannot listen on port {port}: Address already in use.\n"


def test_writing_into_folders_that_are_deleted_concurrently_never_fails(tmp_path: Path) -> None:
    aside, folder = tmp_path / "aside", tmp_path / "jobs" / "a"
    aside.mkdir()

    def write_and_delete(number: int) -> None:
        target = folder / f"{number}.jpg"
        write_whole(target, lambda file: str(file.write(b"x")), aside=aside)
        target.unlink()
        try:
            folder.rmdir()
        except OSError:
            return

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write_and_delete, range(200)))

    assert list(aside.iterdir()) == []
