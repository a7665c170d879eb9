"""Decoders of several processes share one budget of memory."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from PIL import Image

from tests.fixtures.stack import wait_until
from tests.worker.imaging.pictures import packed, scan
from worker.imaging import PictureError
from worker.sandbox import DecoderPool, MachineMemory
from worker.sandbox.machine_memory import SLOT_BYTES, NotEnoughMemory, machine_bytes

SLOTS = 16  # Two of them are for small pictures only.
HOLDER = """
import sys
from pathlib import Path
from worker.sandbox import MachineMemory
memory = MachineMemory(int(sys.argv[1]), Path(sys.argv[2]))
with memory.granted(int(sys.argv[3])):
    print("granted", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "memory"


@pytest.fixture
def memory(file: Path) -> MachineMemory:
    return MachineMemory(SLOTS * SLOT_BYTES, file)


def granted_within(memory: MachineMemory, slots: int, seconds: float) -> bool:
    closed = threading.Event()
    timer = threading.Timer(seconds, closed.set)
    timer.start()
    with memory.granted(slots * SLOT_BYTES, closed.is_set):
        timer.cancel()
        return not closed.is_set()


def test_memory_of_another_process_is_taken_until_that_process_dies(memory: MachineMemory, file: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(SLOTS * SLOT_BYTES), str(file), str(10 * SLOT_BYTES)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "granted\n"

        assert granted_within(memory, 4, 5)
        assert not granted_within(memory, 5, 0.3)

        holder.kill()
        holder.wait()
        assert granted_within(memory, 14, 5)


def test_a_small_picture_does_not_wait_for_large_ones(memory: MachineMemory) -> None:
    with ExitStack() as taken, ThreadPoolExecutor(1) as thread:
        taken.enter_context(memory.granted(10 * SLOT_BYTES))
        waiting = thread.submit(granted_within, memory, 12, 20)

        assert granted_within(memory, 2, 5)
        assert not waiting.done()

        taken.close()
        assert waiting.result()


def test_large_pictures_do_not_wait_for_each_other_for_ever(memory: MachineMemory) -> None:
    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(lambda slots: granted_within(memory, slots, 20), [14, 3, 9, 14, 1, 8, 2, 12] * 4))


def test_more_than_all_decoders_may_use_is_refused_at_once(memory: MachineMemory) -> None:
    with pytest.raises(NotEnoughMemory), memory.granted(15 * SLOT_BYTES):
        pass


def test_the_default_is_half_of_the_memory() -> None:
    assert MachineMemory().slots == machine_bytes() // 2 // SLOT_BYTES


def test_a_picture_waits_for_memory_and_one_that_is_too_large_fails(file: Path) -> None:
    large = packed(Image.new("L", (9000, 4000)), "PNG", compress_level=1)  # 16 bytes a pixel, so 18 slots.
    with DecoderPool(1, machine_memory=MachineMemory(SLOTS * SLOT_BYTES, file)) as pool:
        with pytest.raises(PictureError) as caught:
            pool.decode(large)
        assert caught.value.code == "decoder_memory"
        pool.decode(packed(scan(), "PNG")).close()

    memory = MachineMemory(2 * SLOTS * SLOT_BYTES, file)
    with DecoderPool(1, machine_memory=memory) as pool, ThreadPoolExecutor(1) as thread:
        with memory.granted(20 * SLOT_BYTES):
            waiting = thread.submit(pool.decode, large)
            wait_until(lambda: not pool._idle)
            assert not waiting.done()
        waiting.result().close()


def test_an_avif_that_is_short_of_memory_is_reported_as_such() -> None:
    source = packed(Image.effect_noise((6000, 5000), 20).convert("RGB"), "AVIF", quality=30, speed=10)

    with DecoderPool(1, memory_bytes=400 << 20) as pool, pytest.raises(PictureError) as caught:
        pool.decode(source)

    assert caught.value.code == "decoder_memory"
