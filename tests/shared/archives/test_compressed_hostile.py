"""Compressed tars that are cut off, damaged, bombs, or no tars at all: each is refused at low cost."""

import bz2
import gzip
import lzma
import os
import subprocess
import sys
import tarfile
import textwrap
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.archives.entries import ArchiveLimits
from shared.archives.errors import (
    ArchiveBomb,
    ArchiveCorrupt,
    ArchiveError,
    ArchiveTooSlow,
    ArchiveTruncated,
    ArchiveUnsupported,
    NotATar,
)
from tests.shared.archives.compressing import COMPRESSORS, FORMATS, pack, zstd
from tests.shared.archives.making import make_tar, make_zip

PLAIN = make_tar([(f"{number}.jpg", os.urandom(700)) for number in range(20)])
GZIP, XZ, ZSTD = "application/gzip", "application/x-xz", "application/zstd"


def tar_header(size: int, name: str = "a.jpg") -> bytes:
    member = tarfile.TarInfo(name)
    member.size = size
    return member.tobuf(tarfile.GNU_FORMAT)


@pytest.mark.parametrize("media_type", FORMATS)
@pytest.mark.parametrize("percent", [*range(1, 100, 7), 99])
def test_a_compressed_tar_cut_off_anywhere_is_truncated(media_type: str, percent: int) -> None:
    content = COMPRESSORS[media_type](PLAIN)

    with pytest.raises(ArchiveTruncated):
        pack(content[: len(content) * percent // 100], media_type)


@pytest.mark.parametrize("media_type", FORMATS)
@pytest.mark.parametrize("missing", [1, 5])
def test_a_compressed_tar_cut_off_after_the_end_marker_is_truncated(media_type: str, missing: int) -> None:
    with pytest.raises(ArchiveTruncated):
        pack(COMPRESSORS[media_type](PLAIN)[:-missing], media_type)


@pytest.mark.parametrize("media_type", FORMATS)
def test_a_tar_cut_off_before_compression_is_truncated(media_type: str) -> None:
    with pytest.raises(ArchiveTruncated, match="end marker is missing"):
        pack(COMPRESSORS[media_type](PLAIN[:6000]), media_type)


@pytest.mark.parametrize("media_type", FORMATS)
def test_something_else_in_the_middle_of_a_tar_is_corrupt(media_type: str) -> None:
    with pytest.raises(ArchiveCorrupt, match="cut off: something other"):
        pack(COMPRESSORS[media_type](PLAIN[:6000]) + b"something else", media_type)


def test_a_checksum_after_the_end_marker_of_the_tar_is_verified() -> None:
    content = bytearray(gzip.compress(PLAIN))
    content[-6] ^= 1

    with pytest.raises(ArchiveCorrupt):
        pack(bytes(content), GZIP)


@settings(max_examples=200, deadline=None)
@given(st.data(), st.sampled_from(FORMATS))
def test_a_damaged_compressed_tar_is_either_refused_or_read(data: st.DataObject, media_type: str) -> None:
    content = bytearray(COMPRESSORS[media_type](PLAIN))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))

    try:
        entries = pack(bytes(content), media_type)
    except ArchiveError:
        return
    assert len(entries) <= 20


@pytest.mark.parametrize("media_type", FORMATS)
@pytest.mark.parametrize(
    ("content", "held"),
    [
        (b"", "nothing"),
        (b"a single line of text", "something else"),
        (b"\xff\xd8\xff\xe0" + bytes(5000), "image/jpeg"),
        (make_zip([("a.jpg", b"x" * 1000)]), "zip"),
        (gzip.compress(PLAIN), "application/gzip"),
    ],
    ids=["nothing", "text", "picture", "zip", "compressed twice"],
)
def test_the_error_names_the_content_that_is_not_a_tar(media_type: str, content: bytes, held: str) -> None:
    with pytest.raises(NotATar, match=held):
        pack(COMPRESSORS[media_type](content), media_type)


def test_a_dictionary_beyond_the_memory_limit_is_refused() -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1536 * 1024**2}]
    header = bytearray(lzma.compress(PLAIN, filters=[filters[0] | {"dict_size": 1 << 20}]))
    # One byte of the block header states the size, so that the test does not need the memory, either.
    header[12:24] = _block_header(dictionary=39)

    with pytest.raises(ArchiveUnsupported, match="128 MiB"):
        pack(bytes(header), XZ)


def _block_header(dictionary: int) -> bytes:
    """The header of an xz block with one LZMA2 filter; 39 means 3 GiB. The .xz File Format, sections 3.1 and 5.3.1."""
    fields = bytes([2, 0, 0x21, 1, dictionary]).ljust(8, b"\0")
    return fields + zlib.crc32(fields).to_bytes(4, "little")


def test_a_window_beyond_the_memory_limit_is_refused() -> None:
    # A frame header with a window of 2 GiB, as `zstd --long=31` writes it. RFC 8878, section 3.1.1.1.
    frame = b"\x28\xb5\x2f\xfd" + bytes([0x00, (31 - 10) << 3]) + b"\x01\x00\x00"

    with pytest.raises(ArchiveUnsupported, match="128 MiB"):
        pack(frame, ZSTD)


def test_a_window_within_the_memory_limit_is_read() -> None:
    long = {zstd.CompressionParameter.window_log: 27, zstd.CompressionParameter.enable_long_distance_matching: 1}
    compressor = zstd.ZstdCompressor(options=long)

    assert len(pack(compressor.compress(PLAIN) + compressor.flush(), ZSTD)) == 20


@pytest.mark.parametrize(
    "limits",
    [
        ArchiveLimits(max_total_bytes=10_000),
        ArchiveLimits(max_entries=19),
        ArchiveLimits(max_entry_bytes=2_000, max_ratio=0),
    ],
    ids=["bytes", "entries", "ratio"],
)
def test_more_than_the_limits_allow_is_a_bomb(limits: ArchiveLimits) -> None:
    with pytest.raises(ArchiveBomb):
        pack(bz2.compress(PLAIN), "application/x-bzip2", limits=limits)


def test_decompressing_stops_at_the_time_limit() -> None:
    with pytest.raises(ArchiveTooSlow, match="more than 0 seconds"):
        pack(gzip.compress(PLAIN), GZIP, limits=ArchiveLimits(max_seconds=0.0))


def test_a_blank_scan_may_compress_like_a_bomb() -> None:
    content = gzip.compress(make_tar([("blank.tif", bytes(50_000_000)), ("a.jpg", os.urandom(1000))]))

    assert len(pack(content, GZIP)) == 2


GROWTH = """
import asyncio, sys
from functools import partial
from pathlib import Path
from shared.archives.compressed_tar import CompressedTarStream
from shared.archives.entries import ArchiveLimits
from shared.archives.errors import ArchiveError
from shared.archives.packing import packed_entries
from tests.shared.archives.readers import BytesReader
from shared.storage.keys import pack_key
from tests.shared.archives.compressing import PackStore

class Sink(PackStore):
    "Parts arrive, and are let go."
    async def put_part(self, key, upload, number, body): return str(number)

def peak():
    "In KiB. What getrusage says begins with the parent's."
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

async def main():
    content = sys.stdin.buffer.read()
    limits = ArchiveLimits()
    stream = CompressedTarStream(BytesReader(content), sys.argv[1], limits)
    before, count, code = peak(), 0, "none"
    try:
        async for entry in packed_entries(stream, Sink(), partial(pack_key, "job_1"), limits):
            count += 1
    except ArchiveError as error:
        code = error.code
    print(code, count, (peak() - before) // 1024)

asyncio.run(main())
"""


def grown(content: bytes, media_type: str) -> tuple[str, int, int]:
    """The error's code, the number of entries, and by how many MiB a separate process grew."""
    command = [sys.executable, "-c", textwrap.dedent(GROWTH), media_type]
    done = subprocess.run(command, input=content, capture_output=True, check=True)
    code, count, mib = done.stdout.split()
    return code.decode(), int(count), int(mib)


@pytest.mark.parametrize("media_type", [GZIP, ZSTD])
@pytest.mark.parametrize("entry_bytes", [2 * 1024**3, 512 * 1024**2], ids=["too large a picture", "a picture"])
def test_two_gigabytes_of_zeros_are_a_bomb_and_cost_little_memory(media_type: str, entry_bytes: int) -> None:
    compress = COMPRESSORS[media_type]
    zeros = compress(bytes(32 * 1024**2))
    bomb = compress(tar_header(entry_bytes)) + zeros * 64

    code, _, mib = grown(bomb, media_type)

    assert len(bomb) < 10_000_000
    assert code == "archive_bomb"
    assert mib < 50


def test_memory_does_not_grow_with_the_archive() -> None:
    picture = os.urandom(1024**2)
    member = gzip.compress(tar_header(len(picture)) + picture, 0)
    content = member * 200 + gzip.compress(bytes(1024))

    code, count, mib = grown(content, GZIP)

    assert (code, count) == ("none", 200)
    assert mib < 50
