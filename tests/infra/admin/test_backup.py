"""A backup made while jobs run brings all of them back in another stack: results are served, and the rest finishes."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from photochrom import Client, Job, NotFound

from benchmarks.archives import mixed_zip, photographs
from benchmarks.stacks import stub_stack
from infra.admin.backups.folder import JOBS, BackupFolder
from tests.fixtures.stack import RunningStack, wait_until
from tests.zoo.pictures import picture

pytestmark = [pytest.mark.system, pytest.mark.timeout(500), pytest.mark.usefixtures("real_servers")]

SETTINGS = {
    "PHOTOCHROM_DISPATCH__CHUNK_ITEMS": "8",
    "PHOTOCHROM_LEASE__GRACE_SECONDS": "1",
    # So slow that a backup meets a job in the middle of its work.
    "STEADY_SECONDS": "0.05",
}


def admin(home: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "infra.admin", *arguments]
    environment = {**os.environ, "PHOTOCHROM_HOME": str(home)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, real_servers: None) -> Iterator[RunningStack]:
    with stub_stack(tmp_path_factory.mktemp("stack") / "home", "steady", **SETTINGS) as stack:
        yield stack


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """So that a job is in the middle of its work for as long as it takes."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def outcome(client: Client, job: Job) -> list[tuple[str, str, str | None]]:
    return [(item.name, item.state, item.result.sha256 if item.result else None) for item in client.items(job)]


def test_jobs_are_served_and_finished_after_dump_wipe_and_restore(tmp_path: Path):
    archive, copy = tmp_path / "scans.zip", tmp_path / "backup"
    entries = mixed_zip(archive, photographs(60))
    with stub_stack(tmp_path / "first", "steady", **SETTINGS) as stack, Client(stack.url) as client:
        finished = client.wait(client.submit(archive), timeout=300)
        first = next(client.items(finished, "succeeded")).index
        before, pixels = outcome(client, finished), client.result(finished, first)
        running = client.submit(archive, idempotency_key="again")
        files = client.submit(client.upload_all([picture(1), picture(2)]))
        waiting = client.upload(picture(3))
        wait_until(lambda: client.job(running).counts.succeeded >= 1, 120)

        with frozen(stack.processes["worker-bulk"].pid):
            made = admin(tmp_path / "first", "backup", str(copy))

        assert made.returncode == 0, made.stderr
        assert made.stdout.startswith("3 jobs; ")
        states = {job["_id"]: job["state"] for job in BackupFolder(copy).documents(JOBS)}
        assert (states[finished.id], states[running.id]) == (finished.state, "running")
    shutil.rmtree(tmp_path / "first")

    with stub_stack(tmp_path / "second", "steady", **SETTINGS) as stack, Client(stack.url) as client:
        restored = admin(tmp_path / "second", "restore", str(copy))
        assert restored.returncode == 0, restored.stderr
        assert restored.stdout.startswith("Restored 3 jobs")

        assert outcome(client, finished) == before
        assert client.result(finished, first) == pixels
        assert outcome(client, client.wait(running, timeout=300)) == before
        assert client.job(running).counts.finished == len(entries)
        assert client.wait(files, timeout=120).state == "succeeded"
        assert client.wait(client.submit([client.find_upload(waiting.id)]), timeout=120).state == "succeeded"
        assert client.submit(archive, idempotency_key="again").id == running.id

        again = admin(tmp_path / "second", "restore", str(copy))
        assert (again.returncode, "--add" in again.stderr) == (1, True), again.stderr

        client.delete(files)
        client.wait_until_gone(files, timeout=300)
        added = admin(tmp_path / "second", "restore", "--add", str(copy))
        assert added.returncode == 0, added.stderr
        assert client.wait(files, timeout=120).state == "succeeded"
        assert outcome(client, finished) == before


def test_a_damaged_or_incomplete_backup_is_refused_before_anything_is_restored(stack: RunningStack, tmp_path: Path):
    with Client(stack.url) as client:
        job = client.wait(client.submit(picture()), timeout=120)
        admin(stack.home, "backup", str(tmp_path / "backup"))
        refused = admin(stack.home, "backup", str(tmp_path / "backup"))
        assert "exists. Name a folder that does not exist yet." in refused.stderr
        client.delete(job)
        client.wait_until_gone(job, timeout=300)

        (source,) = (tmp_path / "backup" / "objects").rglob("source")
        intact = source.read_bytes()
        source.write_bytes(intact[:-1] + b"x")
        damaged = admin(stack.home, "restore", str(tmp_path / "backup"))
        assert (damaged.returncode, "another SHA-256" in damaged.stderr) == (1, True), damaged.stderr
        with pytest.raises(NotFound):
            client.job(job)

        source.write_bytes(intact)
        resumed = admin(stack.home, "restore", "--add", str(tmp_path / "backup"))
        assert resumed.returncode == 0, resumed.stderr
        assert client.result(job)[:2] == b"\xff\xd8"

        (tmp_path / "backup" / "manifest.json").unlink()
        incomplete = admin(stack.home, "restore", "--add", str(tmp_path / "backup"))
        assert "is not a complete backup" in incomplete.stderr


def test_only_its_owner_can_read_a_backup_and_what_was_copied_is_not_copied_again(stack: RunningStack, tmp_path: Path):
    with Client(stack.url) as client:
        client.wait(client.submit(picture()), timeout=120)
        admin(stack.home, "backup", str(tmp_path / "first"))
        assert (tmp_path / "first").stat().st_mode & 0o077 == 0

        # As an interrupted backup leaves it.
        (tmp_path / "first").rename(tmp_path / "second.partial")
        (tmp_path / "second.partial" / "manifest.json").unlink()
        copied = next((tmp_path / "second.partial" / "objects").rglob("source"))
        before = copied.stat().st_mtime_ns
        continued = admin(stack.home, "backup", str(tmp_path / "second"))

        assert continued.returncode == 0, continued.stderr
        kept = tmp_path / "second" / copied.relative_to(tmp_path / "second.partial")
        assert kept.stat().st_mtime_ns == before
        files = [path for path in (tmp_path / "second" / "objects").rglob("*") if path.is_file()]
        assert BackupFolder(tmp_path / "second").manifest().objects == len(files)
