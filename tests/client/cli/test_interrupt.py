"""The command as a separate process: Ctrl-C, pipes, and no terminal."""

import json
import signal
import subprocess
import time

import pytest

from tests.client.fake_gateway import FakeItem


@pytest.fixture(autouse=True)
def photo(tmp_path):
    (tmp_path / "photo.jpg").write_bytes(b"picture")


def interrupt(process: subprocess.Popen) -> tuple[str, str]:
    process.send_signal(signal.SIGINT)
    return process.communicate(timeout=30)


def test_ctrl_c_while_waiting_prints_how_to_resume(gateway, start):
    gateway.polls = 1000
    process = start("submit", "photo.jpg", "--output", "out dir")
    assert gateway.polled.wait(10)

    out, err = interrupt(process)

    assert process.returncode == 130
    assert out == ""
    assert err.endswith("Resume with:\n  photochrom status job_01 --wait --output 'out dir'\n")
    assert gateway.jobs["job_01"].state == "running"


def test_ctrl_c_keeps_the_results_that_were_finished(gateway, start, tmp_path):
    gateway.outcome = [FakeItem(f"{number}.jpg", b"%d" % number) for number in range(9)]
    gateway.order, gateway.polls = [0, 1, 2], 1000
    process = start("submit", "photo.jpg", "--output", "out")
    deadline = time.monotonic() + 20
    while not (tmp_path / "out" / "2.jpg").exists() and time.monotonic() < deadline:
        time.sleep(0.05)

    interrupt(process)

    assert process.returncode == 130
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == {
        "0.jpg": b"0",
        "1.jpg": b"1",
        "2.jpg": b"2",
    }


def test_ctrl_c_still_prints_the_job_as_json(gateway, start):
    gateway.polls = 1000
    process = start("submit", "photo.jpg", "--wait", "--json")
    assert gateway.polled.wait(10)

    out, _ = interrupt(process)

    assert process.returncode == 130
    assert json.loads(out)["id"] == "job_01"


def test_an_interrupted_job_can_be_watched_to_its_end(gateway, start, tmp_path):
    start("submit", "photo.jpg").communicate(timeout=30)

    process = start("status", "job_01", "--wait", "--output", "out")
    out, err = process.communicate(timeout=30)

    assert process.returncode == 0
    assert "results    1 picture in out\n" in out
    assert "\x1b" not in out + err
    assert (tmp_path / "out" / "a" / "b.jpg").read_bytes() == b"in color"


def test_ctrl_c_during_the_upload_warns_that_there_may_be_no_job(gateway, start):
    gateway.faults.append(lambda handler: (gateway.polled.set(), handler.rfile.read()))
    process = start("submit", "photo.jpg", "--wait")
    assert gateway.polled.wait(10)

    out, err = interrupt(process)

    assert (process.returncode, out) == (130, "")
    assert err == "photochrom: interrupted before the service confirmed the job. Check with: photochrom list\n"
