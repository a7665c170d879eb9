"""The main job, as a user runs it: an archive goes in, color comes out."""

import io
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from photochrom import Client, Job
from PIL import Image

from benchmarks.archives import Entry, photographs, write_zip
from benchmarks.thousand import chroma_and_hues, judge
from tests.fixtures.stack import RunningStack, wait_until

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def finished(client: Client, archive: tuple[Path, list[Entry]]) -> Job:
    path, _ = archive
    return client.wait(client.submit(path), timeout=240)


@pytest.fixture(scope="module")
def fetched(client: Client, finished: Job, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fetched")
    client.download(finished, folder)
    return folder


def test_every_entry_has_its_expected_outcome_and_the_counts_add_up(
    client: Client, finished: Job, archive: tuple[Path, list[Entry]]
) -> None:
    _, entries = archive

    items = list(client.items(finished))

    assert [(item.name, item.state, item.error.code if item.error else None) for item in items] == [
        (entry.name, entry.state, entry.code) for entry in entries
    ]
    states = Counter(item.state for item in items)
    counts = finished.counts
    assert (counts.succeeded, counts.failed, counts.skipped) == (
        states["succeeded"],
        states["failed"],
        states["skipped"],
    )
    assert (counts.pending, counts.canceled) == (0, 0)
    assert finished.state == "partially_succeeded"


def test_every_result_has_the_path_size_and_lightness_of_its_picture(
    fetched: Path, archive: tuple[Path, list[Entry]]
) -> None:
    good = [entry for entry in archive[1] if entry.state == "succeeded"]

    assert {str(path.relative_to(fetched)) for path in fetched.rglob("*.*")} == {entry.name for entry in good}
    assert [e.name for e in good if not judge(e, (fetched / e.name).read_bytes()).keeps_lightness] == []


def test_the_results_are_in_color(fetched: Path) -> None:
    chromas = [chroma_and_hues(Image.open(path))[0] for path in fetched.rglob("*.*")]

    assert np.median(chromas) > 3.0


def test_results_are_marked_as_colorized_by_a_model(fetched: Path, archive: tuple[Path, list[Entry]]) -> None:
    marked = [e.name for e in archive[1] if e.state == "succeeded" and not e.name.endswith(".bmp")]

    assert [name for name in marked if b"TrainedAlgorithmicMedia" not in (fetched / name).read_bytes()] == []


def test_no_worker_exited(stack: RunningStack, finished: Job) -> None:
    assert finished.is_terminal
    assert "exited" not in stack.logs("stack")


def test_gateway_ingest_and_reconciler_run_without_torch(stack: RunningStack, finished: Job) -> None:
    assert finished.is_terminal

    loaded = {
        name: "libtorch" in Path(f"/proc/{stack.processes[name].pid}/maps").read_text()
        for name in ("gateway", "worker-ingest", "reconciler", "worker-bulk")
    }

    assert loaded == {"gateway": False, "worker-ingest": False, "reconciler": False, "worker-bulk": True}


def test_a_single_picture_does_not_wait_for_a_running_archive(client: Client, tmp_path: Path) -> None:
    busy = client.submit(write_zip(tmp_path / "busy.zip", list(photographs(120, seed=2))))
    wait_until(lambda: client.job(busy).counts.succeeded > 0, 60)

    seconds = []
    for entry in photographs(5, seed=3):
        start = time.monotonic()
        single = client.wait(client.submit(entry.content, filename=Path(entry.name).name), timeout=60)
        seconds.append(time.monotonic() - start)
        assert single.state == "succeeded"

    assert not client.job(busy).is_terminal
    assert max(seconds) < 5.0
    client.cancel(busy)


def test_the_same_picture_gets_the_same_bytes_alone_and_in_an_archive(
    client: Client, finished: Job, archive: tuple[Path, list[Entry]]
) -> None:
    place, entry = next((n, entry) for n, entry in enumerate(archive[1]) if entry.state == "succeeded")

    alone = client.wait(client.submit(entry.content, filename="alone" + Path(entry.name).suffix), timeout=60)

    assert client.result(alone) == client.result(finished, place)


def test_cancel_keeps_the_results_and_starts_nothing_new(client: Client, tmp_path: Path) -> None:
    job = client.submit(write_zip(tmp_path / "long.zip", list(photographs(200, seed=4))))
    wait_until(lambda: client.job(job).counts.succeeded >= 8, 60)

    client.cancel(job)
    canceled = client.wait(job, timeout=15)

    assert canceled.state == "canceled"
    assert canceled.counts.succeeded >= 8
    assert canceled.counts.succeeded + canceled.counts.canceled == 200
    done = [item for item in client.items(job) if item.state == "succeeded"]
    assert len(done) == canceled.counts.succeeded
    assert Image.open(io.BytesIO(client.result(job, done[-1].index))).mode == "RGB"


def test_the_command_colorizes_a_folder_and_exits_with_0(stack: RunningStack, tmp_path: Path) -> None:
    scans = tmp_path / "scans" / "album"
    scans.mkdir(parents=True)
    for entry in photographs(3, seed=5):
        (scans / Path(entry.name).name).write_bytes(entry.content)
    command = [sys.executable, "-m", "photochrom", "submit", str(tmp_path / "scans"), "--url", stack.url]

    run = subprocess.run([*command, "--wait", "--output", str(tmp_path / "out")], capture_output=True, check=False)

    assert run.returncode == 0, run.stderr.decode()
    assert sorted(path.name for path in (tmp_path / "out").rglob("scan*")) == sorted(p.name for p in scans.iterdir())
