"""Writes leave a reserve of free space."""

import shutil
from pathlib import Path

import anyio
import pytest

from infra.standalone.bucket.room import GiB, MiB, NoRoom, Room, default_reserve
from shared.storage.errors import StorageFull
from shared.storage.s3 import S3Storage
from tests.fixtures.ports import free_port
from tests.fixtures.storage import bucket_running, bucket_settings


@pytest.mark.parametrize(
    ("disk", "reserve"),
    [(100 * MiB, 64 * MiB), (10 * GiB, GiB // 2), (4000 * GiB, GiB)],
)
def test_the_reserve_is_a_twentieth_of_a_small_disk_and_a_gibibyte_of_a_large_one(disk, reserve):
    assert default_reserve(disk) == reserve


def test_concurrent_writes_are_granted_only_what_is_left_together(tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)._replace(free=100 * MiB)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    room = Room(tmp_path, 60 * MiB)

    with room.granted(30 * MiB):
        with pytest.raises(NoRoom, match="70 MiB are free, and 60 MiB are reserved"), room.granted(20 * MiB):
            pass
        with room.granted(10 * MiB):
            pass
    with room.granted(40 * MiB):
        pass


@pytest.mark.usefixtures("real_servers")
def test_below_the_reserve_objects_and_parts_are_refused_but_read_and_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "photochrom").mkdir()
    port = free_port()
    storage = S3Storage(bucket_settings(f"http://127.0.0.1:{port}"))

    async def fill_and_free() -> None:
        with bucket_running(tmp_path, port):
            await storage.put("a", b"before", "text/plain")
            upload = await storage.begin_parts("parts", "image/tiff")
            etag = await storage.put_part("parts", upload, 1, b"x" * 1000)
        monkeypatch.setenv("PHOTOCHROM_STORAGE__RESERVE_BYTES", str(shutil.disk_usage(tmp_path).total))
        with bucket_running(tmp_path, port):
            for refused in (
                storage.put("b", b"x", "text/plain"),
                storage.begin_parts("c", "text/plain"),
                storage.put_part("parts", upload, 2, b"x"),
                storage.complete_parts("parts", upload, [etag], 1000),
            ):
                with pytest.raises(StorageFull):
                    await refused
            assert await storage.get("a") == b"before"
            await storage.delete("a")
        monkeypatch.delenv("PHOTOCHROM_STORAGE__RESERVE_BYTES")
        with bucket_running(tmp_path, port):
            await storage.complete_parts("parts", upload, [etag], 1000)
            assert await storage.get("parts") == b"x" * 1000

    anyio.run(fill_and_free)
    storage.close()
