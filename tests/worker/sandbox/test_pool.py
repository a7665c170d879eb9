import io
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.worker.imaging.pictures import OPTIONS, composed, gentle_chroma, packed, scan, toned
from worker.imaging import PictureError, network_input
from worker.sandbox import DecoderPool


@pytest.fixture(scope="module")
def pool():
    with DecoderPool(2) as running:
        yield running


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_picture_gets_the_same_bytes_as_in_this_process(pool):
    source = packed(toned(scan()), "JPEG")

    with pool.decode(source) as picture:
        result = pool.compose(picture, gentle_chroma(), OPTIONS)

    assert result.data == composed(source, gentle_chroma())
    assert (result.width, result.height, result.media_type) == (160, 120, "image/jpeg")


def test_the_network_input_comes_with_the_picture(pool):
    with pool.decode(packed(scan(), "PNG")) as picture:
        assert np.array_equal(picture.network_input, network_input(np.asarray(scan())))
        assert (picture.facts.width, picture.facts.height) == (160, 120)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP", "BMP"])
def test_every_format_can_be_written_into_shared_memory(pool, kind):
    source = packed(toned(scan()), kind)

    with pool.decode(source) as picture:
        result = pool.compose(picture, gentle_chroma(), OPTIONS)

    assert result.data == composed(source, gentle_chroma())


def test_an_error_of_the_picture_keeps_its_code_and_the_child(pool):
    before = {child.pid for child in pool._running}

    with pytest.raises(PictureError) as caught:
        pool.decode(packed(scan(), "PNG")[:-500])

    assert caught.value.code == "corrupt_image"
    assert {child.pid for child in pool._running} == before


def test_invalid_chroma_is_the_callers_fault(pool):
    with pool.decode(packed(scan(), "PNG")) as picture:
        for wrong in (np.zeros((3, 4, 4)), np.zeros((2, 0, 4)), np.full((2, 4, 4), np.nan)):
            with pytest.raises(ValueError, match="chroma"):
                pool.compose(picture, wrong.astype(np.float32), OPTIONS)


def test_many_threads_share_few_children(pool):
    sources = [packed(scan(seed=seed), "JPEG") for seed in range(12)]

    def colorize(source: bytes) -> bytes:
        with pool.decode(source) as picture:
            return pool.compose(picture, gentle_chroma(), OPTIONS).data

    with ThreadPoolExecutor(6) as threads:
        results = list(threads.map(colorize, sources))

    assert results == [composed(source, gentle_chroma()) for source in sources]


def test_no_descriptor_is_left_open_after_200_calls(pool):
    good, bad = packed(scan(40, 30), "JPEG"), packed(scan(), "PNG")[:-500]
    before = open_descriptors()

    for _ in range(100):
        with pool.decode(good) as picture:
            pool.compose(picture, gentle_chroma(), OPTIONS)
        with pytest.raises(PictureError):
            pool.decode(bad)

    assert open_descriptors() == before
    assert {len(list(Path(f"/proc/{child.pid}/fd").iterdir())) for child in pool._running} <= {4, 5}


def test_a_picture_that_is_never_closed_frees_its_memory(pool):
    before = open_descriptors()

    pool.decode(packed(scan(), "PNG"))

    assert open_descriptors() == before


def test_children_inherit_nothing_from_our_environment(pool, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    with DecoderPool(1) as fresh:
        fresh.decode(packed(scan(), "PNG")).close()
        (child,) = fresh._running
        environment = Path(f"/proc/{child.pid}/environ").read_bytes()

    assert b"hunter2" not in environment
    assert len(environment.split(b"\0")) <= 6


def test_children_have_limits_and_cannot_gain_privileges(pool):
    pool.decode(packed(scan(), "PNG")).close()
    for child in pool._running:
        assert "NoNewPrivs:\t1" in Path(f"/proc/{child.pid}/status").read_text()
        limits = Path(f"/proc/{child.pid}/limits").read_text().splitlines()
        bounded = {line.split("  ")[0] for line in limits if "unlimited            unlimited" not in line}
        assert {"Max address space", "Max file size", "Max core file size", "Max open files"} <= bounded


def test_children_load_no_torch(pool):
    pool.decode(packed(scan(), "PNG")).close()

    for child in pool._running:
        assert "torch" not in Path(f"/proc/{child.pid}/maps").read_text()


def test_close_leaves_no_child_and_later_calls_raise():
    pool = DecoderPool(3)
    pids = [child.pid for child in pool._running]

    pool.close()
    pool.close()

    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
    with pytest.raises(RuntimeError, match="closed"):
        pool.decode(b"")


def test_closing_ends_calls_in_progress():
    pool = DecoderPool(1, child_module="tests.worker.sandbox.misbehaving_child")
    errors: list[BaseException] = []

    def call() -> None:
        try:
            pool.decode(b"misbehave:hang")
        except RuntimeError as error:
            errors.append(error)

    threads = [threading.Thread(target=call) for _ in range(2)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    pool.close()
    for thread in threads:
        thread.join(10)

    assert [str(error) for error in errors] == ["the decoder pool is closed"] * 2


def test_a_child_that_cannot_start_is_not_the_pictures_fault(capfd):
    with (
        DecoderPool(1, child_module="worker.sandbox.nowhere") as pool,
        pytest.raises(RuntimeError, match="start"),
    ):
        pool.decode(packed(scan(), "PNG"))

    assert "nowhere" in capfd.readouterr().err


def test_a_picture_at_the_pixel_limit_fits_into_the_default_memory(pool):
    # 24 MP instead of 200: the memory limit scales with the pixel limit.
    out = io.BytesIO()
    Image.new("RGB", (6000, 4000), (90, 80, 70)).save(out, "PNG", compress_level=1)

    with DecoderPool(1, max_pixels=24_000_000) as fresh, fresh.decode(out.getvalue()) as picture:
        result = fresh.compose(picture, gentle_chroma(), OPTIONS)

    assert (result.width, result.height) == (6000, 4000)
