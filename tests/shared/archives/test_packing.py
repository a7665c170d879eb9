"""Which pictures share a pack, that it is stored before its entries are yielded, and that packs are reproducible."""

import asyncio
import gzip
import os
import zlib
from collections.abc import AsyncIterable
from functools import partial

import pytest

from shared.archives import packing
from shared.archives.compressed_tar import CompressedTarStream
from shared.archives.entries import ArchiveLimits
from shared.archives.errors import ArchiveTruncated
from shared.archives.packing import packed_entries
from shared.storage.errors import StorageUnavailable
from shared.storage.keys import pack_key
from shared.storage.protocol import PART_BYTES, Stored
from tests.shared.archives.compressing import PackStore, pack
from tests.shared.archives.making import make_tar
from tests.shared.archives.readers import BytesReader

GZIP = "application/gzip"


def tar_gz(*files: tuple[str, int]) -> bytes:
    return gzip.compress(make_tar([(name, name.encode()[:1] * size) for name, size in files]), 1)


def key(number: int) -> str:
    return pack_key("job_1", number)


def test_a_pack_ends_before_a_picture_that_does_not_fit() -> None:
    store = PackStore()

    entries = pack(tar_gz(("a.jpg", 60), ("b.jpg", 40), ("c.jpg", 1), ("d.jpg", 100)), GZIP, store, pack_bytes=100)

    assert store.objects == {key(0): b"a" * 60 + b"b" * 40, key(1): b"c", key(2): b"d" * 100}
    assert [(entry.pack, entry.offset) for entry in entries] == [(key(0), 0), (key(0), 60), (key(1), 0), (key(2), 0)]


def test_a_packed_entry_has_a_checksum() -> None:
    entries = pack(tar_gz(("a.jpg", 600_000), ("b.jpg", 0), ("c.jpg", 7)), GZIP, PackStore())

    assert [entry.crc32 for entry in entries] == [zlib.crc32(b"a" * 600_000), zlib.crc32(b""), zlib.crc32(b"c" * 7)]


def test_a_picture_larger_than_a_pack_gets_its_own_pack() -> None:
    store = PackStore()

    pack(tar_gz(("a.jpg", 10), ("b.jpg", 500), ("c.jpg", 10)), GZIP, store, pack_bytes=100)

    assert store.objects == {key(0): b"a" * 10, key(1): b"b" * 500, key(2): b"c" * 10}


def test_a_pack_of_several_parts_is_complete() -> None:
    store = PackStore()

    entries = pack(tar_gz(("a.jpg", 20_000_000), ("b.jpg", 5)), GZIP, store)

    assert list(store.objects) == [key(0)]
    assert [store.content(entry) for entry in entries] == [b"a" * 20_000_000, b"b" * 5]


def test_other_entries_are_not_stored() -> None:
    store = PackStore()
    names = ["notes.txt", "a.jpg", "inner.zip", "too-large.jpg", "b.jpg", "._b.jpg"]
    content = tar_gz(*((name, 2000 if name.startswith("too") else 10) for name in names))

    entries = pack(content, GZIP, store, ArchiveLimits(max_entry_bytes=1000, max_ratio=10**6))

    assert [entry.name for entry in entries] == names
    assert store.objects == {key(0): b"a" * 10 + b"b" * 10}
    assert [entry.pack for entry in entries] == [None, key(0), None, None, key(0), None]


def test_a_tar_without_a_picture_fills_no_pack() -> None:
    store = PackStore()

    pack(tar_gz(("notes.txt", 10), ("more.txt", 10)), GZIP, store)

    assert store.objects == {}


def test_the_number_of_entries_in_a_pack_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "PACK_ENTRIES", 3)
    store = PackStore()

    entries = pack(tar_gz(*((f"{number}.jpg", 1) for number in range(7)), ("8.txt", 1)), GZIP, store)

    assert store.objects == {key(0): b"012", key(1): b"345", key(2): b"6"}
    assert [entry.index for entry in entries] == list(range(8))


def test_an_entry_is_yielded_only_once_its_pack_is_stored() -> None:
    store = PackStore()
    content = tar_gz(*((f"{number}.jpg", 40) for number in range(10)))
    limits = ArchiveLimits()
    stream = CompressedTarStream(BytesReader(content), GZIP, limits)

    async def walk() -> list[bool]:
        entries = packed_entries(stream, store, partial(pack_key, "job_1"), limits, pack_bytes=100)
        return [entry.pack in store.objects async for entry in entries]

    assert asyncio.run(walk()) == [True] * 10


def test_the_same_tar_fills_the_same_packs_again() -> None:
    first, second = PackStore(), PackStore()
    content = tar_gz(*((f"{number}.jpg", 37 * number) for number in range(30)))

    entries = pack(content, GZIP, first, pack_bytes=1000)

    assert pack(content, GZIP, second, pack_bytes=1000) == entries
    assert first.objects == second.objects


class Failing(PackStore):
    """Becomes unavailable in the middle of the second pack."""

    async def put_stream(
        self,
        key: str,
        chunks: AsyncIterable[bytes],
        media_type: str,
        part_bytes: int = PART_BYTES,
        *,
        sole_writer: bool = True,
    ) -> Stored:
        if self.objects:
            raise StorageUnavailable("gone")
        return await super().put_stream(key, chunks, media_type, part_bytes, sole_writer=sole_writer)


def test_packs_before_one_that_cannot_be_stored_stay() -> None:
    store = Failing()

    with pytest.raises(StorageUnavailable):
        pack(tar_gz(("a.jpg", 90), ("b.jpg", 90)), GZIP, store, pack_bytes=100)

    assert store.objects == {key(0): b"a" * 90}


def test_a_failed_pack_does_not_remove_the_same_pack_of_another_expander() -> None:
    store = PackStore()
    content = gzip.compress(make_tar([("a.jpg", os.urandom(5000))]))
    pack(content, GZIP, store)
    stored = dict(store.objects)

    with pytest.raises(ArchiveTruncated):
        pack(content[:3000], GZIP, store)

    assert store.objects == stored
