"""Makes the data folder of a stack that was killed in the middle of its work, in the checkout of any version:

    git worktree add OLD COMMIT && cp tests/upgrade/make_home.py OLD && cd OLD
    PYTHONPATH=$PWD:$PWD/client python make_home.py home-COMMIT.zip

`test_upgrade.py` opens it with the current version.
"""

import io
import os
import signal
import sys
import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path

from photochrom import Client

import tests.fixtures.stack as stacks
from tests.zoo.pictures import picture, scans

# Slow, so that it can be killed in the middle; and every picture is recorded at once.
SETTINGS = {
    "PHOTOCHROM_DISPATCH__CHUNK_ITEMS": "2",
    "PHOTOCHROM_WORKER__COLORIZER": "tests.faults.colorizer:load",
    "PHOTOCHROM_WORKER__MINIBATCH": "1",
    "PHOTOCHROM_WORKER__RECORD_SECONDS": "0",
    "PHOTOCHROM_WORKER__DECODERS": "1",
    "FAULTS_PACE": "0.4",
}


WRITTEN_AT_START = ("state.json", "redis.conf", "lock")


def broken(content: bytes) -> bytes:
    """The archive with another entry that is no picture."""
    buffer = io.BytesIO(content)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("broken.jpg", b"no picture")
    return buffer.getvalue()


def fill(stack: stacks.RunningStack, client: Client) -> None:
    client.wait(client.submit(picture(), filename="finished.jpg"))
    client.wait(client.submit(broken(scans(2)), filename="partly.zip", idempotency_key="before"))
    canceled = client.submit(scans(8), filename="canceled.zip")
    stacks.wait_until(lambda: client.job(canceled).counts.succeeded, 60)
    client.wait(client.cancel(canceled))
    running = client.submit(scans(10), filename="running.zip")
    stacks.wait_until(lambda: client.job(running).counts.succeeded >= 3, 60)
    for name in ("worker-ingest", "worker-interactive"):
        os.kill(stack.processes[name].pid, signal.SIGSTOP)
    client.submit(picture(1), filename="queued.jpg")
    client.submit(scans(3), filename="queued.zip")
    client.delete(client.submit(picture(2), filename="deleted.jpg"))


def kill(stack: stacks.RunningStack) -> None:
    """Everything at once. The servers have stored what they acknowledged."""
    pids = [process.pid for process in stack.processes.values()]
    stack.supervisor.kill()
    stack.supervisor.wait()
    for pid in pids:
        with suppress(ProcessLookupError):  # It died with its supervisor.
            os.kill(pid, signal.SIGKILL)


def main(target: Path) -> None:
    stacks.expect_server_mark = lambda: None
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        home.mkdir()
        with stacks.stack_running(home, **SETTINGS) as stack, Client(stack.url) as client:
            fill(stack, client)
            kill(stack)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_LZMA) as archive:
            for path in sorted(home.rglob("*")):
                if path.is_file() and path.name not in WRITTEN_AT_START and "logs" not in path.parts:
                    archive.write(path, path.relative_to(home))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
