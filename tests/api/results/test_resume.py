"""Resuming an interrupted download with curl."""

import io
import shutil
import socket
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from shared.documents import Failure
from tests.api.finished_job import finished_job
from tests.api.stage import Stage
from tests.api.stand_in import Worker


@contextmanager
def breaking_after(url: str, count: int) -> Iterator[str]:
    """A proxy that cuts its first connection after so many bytes of the answer, and no later one."""
    target = urlsplit(url)
    server = socket.create_server(("127.0.0.1", 0))
    allowances = iter([count])

    def pass_on(source: socket.socket, sink: socket.socket, left: float) -> None:
        with source, sink:
            while left > 0 and (content := source.recv(int(min(left, 65536)))):
                sink.sendall(content)
                left -= len(content)

    def serve() -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            upstream = socket.create_connection((target.hostname, target.port))
            request = client.recv(65536)
            upstream.sendall(request)
            pass_on(upstream, client, next(allowances, 10**9))

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_resumes_an_interrupted_download(
    client: httpx.Client, stage: Stage, worker: Worker, tmp_path: Path
) -> None:
    results: dict[str, bytes | Failure] = {f"{n}.jpg": bytes([n]) * 400_000 for n in range(12)}
    job_id = finished_job(client, worker, "image/jpeg", **results)
    path, target = f"/v1/jobs/{job_id}/results.zip", tmp_path / "results.zip"
    whole = client.get(path).content

    with breaking_after(stage.url, 1_700_000) as url:
        command = ["curl", "-sS", "-H", "Connection: close", "-C", "-", "-o", str(target), f"{url}{path}"]
        broken = subprocess.run(command, capture_output=True, check=False)
        so_far = target.read_bytes()
        resumed = subprocess.run(command, capture_output=True, check=False)
        repeated = subprocess.run(command, capture_output=True, check=False)

    assert (broken.returncode, resumed.returncode, repeated.returncode) == (18, 0, 0), repeated.stderr
    assert 0 < len(so_far) < len(whole)
    assert target.read_bytes() == whole
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert archive.testzip() is None
