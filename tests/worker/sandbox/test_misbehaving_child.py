import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image
from structlog.testing import capture_logs

from tests.worker.imaging.pictures import packed, scan
from worker.imaging import PictureError
from worker.sandbox import DecoderPool

GOOD = packed(scan(), "JPEG")


@pytest.fixture(scope="module")
def pool():
    with DecoderPool(
        2,
        timeout_seconds=3,
        memory_bytes=512 << 20,
        max_pixels=1_000_000,
        child_module="tests.worker.sandbox.misbehaving_child",
    ) as running:
        running.decode(GOOD).close()
        yield running


@pytest.mark.parametrize(
    ("misbehavior", "code"),
    [
        ("segfault", "decoder_crashed"),
        ("abort", "decoder_crashed"),
        ("leave", "decoder_crashed"),
        ("talk_nonsense", "decoder_crashed"),
        ("answer_twice", "decoder_crashed"),
        ("raise_something", "decoder_failed"),
        ("claim_larger", "decoder_crashed"),
        ("claim_negative", "decoder_crashed"),
        ("claim_odd_type", "decoder_crashed"),
        ("claim_too_much", "decoder_crashed"),
        ("claim_preview", "decoder_crashed"),
        ("claim_infinity", "decoder_crashed"),
        ("claim_nothing", "decoder_crashed"),
        ("nest_deeply", "decoder_crashed"),
        ("invent_a_code", "decoder_crashed"),
        ("keep_mapped", "decoder_crashed"),
        ("hang", "decoder_timeout"),
        ("spin", "decoder_timeout"),
        ("eat_memory", "decoder_memory"),
        ("fill_result", "decoder_memory"),
    ],
)
def test_a_misbehaving_child_fails_its_own_picture_and_not_the_next(pool, misbehavior, code):
    with pytest.raises(PictureError) as caught:
        pool.decode(f"misbehave:{misbehavior}".encode())

    assert caught.value.code == code
    with pool.decode(GOOD) as picture:
        assert picture.facts.width == 160


def test_a_well_behaved_child_shows_that_the_others_fail_for_what_they_do(pool):
    with pool.decode(b"misbehave:claim") as picture:
        assert picture.network_input.shape == (4, 4)


def test_a_child_that_misbehaved_is_never_used_again(pool):
    before = {child.pid for child in pool._running}

    with pytest.raises(PictureError):
        pool.decode(b"misbehave:claim_larger")
    pool.decode(GOOD).close()

    assert len({child.pid for child in pool._running} - before) == 1


def test_a_child_killed_while_idle_fails_no_picture(pool):
    for child in pool._running:
        child.stop()
    time.sleep(0.3)

    for _ in range(3):
        pool.decode(GOOD).close()


def test_pictures_beside_a_misbehaving_child_do_not_notice(pool):
    with ThreadPoolExecutor(2) as threads:
        hanging = threads.submit(pool.decode, b"misbehave:hang")
        started = time.monotonic()
        for _ in range(5):
            pool.decode(GOOD).close()
        took = time.monotonic() - started

        assert hanging.exception().code == "decoder_timeout"
    assert took < 3


def test_a_bug_in_the_child_leaves_a_traceback(pool):
    with capture_logs() as logs, pytest.raises(PictureError) as caught:
        pool.decode(b"misbehave:raise_something")

    assert "a bug in the child" in str(caught.value.__cause__)
    (entry,) = [entry for entry in logs if entry["event"] == "decoder.failed"]
    assert entry["log_level"] == "error"
    assert "raise LookupError" in entry["trace"]


def test_a_small_file_with_many_pixels_hits_the_memory_limit():
    with (
        DecoderPool(1, memory_bytes=300 << 20) as small,
        pytest.raises(PictureError) as caught,
    ):
        small.decode(packed(Image.new("RGB", (7_000, 7_000)), "PNG", compress_level=1))

    assert caught.value.code == "decoder_memory"


PARENT = """
import os, sys, threading
from worker.sandbox import DecoderPool
pool = DecoderPool(3, child_module="tests.worker.sandbox.misbehaving_child")
threading.Thread(target=pool.decode, args=(b"misbehave:spin",), daemon=True).start()
print(*(child.pid for child in pool._running), flush=True)
sys.stdin.read()
"""


def test_children_die_with_a_parent_that_is_killed():
    with subprocess.Popen(
        [sys.executable, "-c", PARENT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path.cwd(),
    ) as parent:
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        time.sleep(1.0)
        parent.send_signal(signal.SIGKILL)

    deadline = time.monotonic() + 10
    while any(_is_alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(pids) == 3
    assert not [pid for pid in pids if _is_alive(pid)]


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
