"""Archives that expand to far more than their size, or claim to, a function for each."""

import struct
import zlib

from tests.hostile.attacks import Attacks, MiB, zeros
from tests.hostile.tars import member, tar_of
from tests.hostile.zips import with_good
from tests.shared.archives.compressing import COMPRESSORS
from tests.shared.archives.making import Forged, forge_zip, make_zip, tar_header

BOMBS = Attacks()


def zeros_of(size: int) -> Forged:
    """An entry of `size` MiB of zeros, deflated."""
    return Forged(b"bomb.tif", data=zeros(size), method=8, crc=0, size=size * MiB)


@BOMBS.answered("failed entry_too_large", "succeeded")
def zip_bomb_of_two_gigabytes() -> bytes:
    """CVE-2019-9674: 2 MB that expand to 2 GB."""
    return with_good(zeros_of(2048))


@BOMBS.answered("failed entry_bomb", "succeeded")
def zip_bomb_of_the_size_of_a_picture() -> bytes:
    return with_good(zeros_of(512))


@BOMBS.answered("failed corrupt_entry", "failed corrupt_entry", "failed corrupt_entry", "succeeded")
def zip_bombs_that_declare_less_than_they_hold() -> bytes:
    """Their declared sizes pass the check of the directory, so that only decompressing detects them."""
    declared = [Forged(b"bomb.tif", data=zeros(64), method=8, crc=0, size=size) for size in (MiB, 1, 0)]
    return with_good(*declared)


@BOMBS.answered("job archive_bomb")
def zip_of_entries_that_overlap_fully() -> bytes:
    """CVE-2019-9674; D. Fifield, "A better zip bomb" (2019): a thousand entries, one kernel."""
    kernel = zeros(1)
    copies = [
        Forged(b"%d.jpg" % n, data=b"", method=8, crc=0, length=len(kernel), size=MiB, offset=0) for n in range(1000)
    ]
    return forge_zip([Forged(b"kernel.jpg", data=kernel, method=8, crc=0, size=MiB), *copies])


@BOMBS.answered("job archive_bomb")
def zip_of_entries_that_quote_each_other() -> bytes:
    """CVE-2024-0450; Fifield's second construction: each entry quotes the headers behind it as stored blocks."""
    content, length = bytes(MiB), len(zeros(1))
    entries = [Forged(b"99.jpg", data=zeros(1), method=8, crc=zlib.crc32(content), size=MiB)]
    for number in reversed(range(99)):
        header = forge_zip(entries[:1])[:36]
        content, length = header + content, 5 + len(header) + length
        block = struct.pack("<BHH", 0, len(header), 0xFFFF ^ len(header))
        crc, size = zlib.crc32(content), len(content)
        entries.insert(0, Forged(b"%02d.jpg" % number, data=block, method=8, crc=crc, length=length, size=size))
    return forge_zip(entries)


@BOMBS.answered("job archive_bomb")
def zip_that_claims_petabytes() -> bytes:
    """Fifield's zbxl: sizes in the zip64 extra field. Nine TiB exceed every limit."""
    extra = struct.pack("<2HQ", 1, 8, 1 << 40)
    return forge_zip(Forged(b"%d.jpg" % n, size=0xFFFFFFFF, extra=extra) for n in range(9))


@BOMBS.answered("job archive_bomb")
def zip_of_160_bytes_that_claims_a_gigabyte() -> bytes:
    """python/cpython#151307: `zipfile` reads as much as the compressed size claims, without a bound."""
    return forge_zip([Forged(b"a.jpg", bytes(40), length=1 << 30, size=1 << 30)])


@BOMBS.answered("job empty_archive", "skipped nested_archive")
def zip_of_zips_of_zips() -> bytes:
    """As 42.zip, and R. Cox's r.zip, which contains itself. Nested archives are not opened."""
    content = zeros(1)
    for depth in range(5):
        content = make_zip([(f"{depth}-{n}.zip", content) for n in range(10)])
    return make_zip([("42.zip", content)])


def compressed_zeros(media_type: str, size: int) -> bytes:
    """`size` MiB of zeros, as a sequence of members of 16 MiB each."""
    return COMPRESSORS[media_type](bytes(16 * MiB)) * (size // 16)


def tar_bomb(media_type: str) -> bytes:
    """A tar with one entry of 2 GiB."""
    header = tar_header(b"bomb.tif", size=b"%o" % (2048 * MiB))
    return COMPRESSORS[media_type](header) + compressed_zeros(media_type, 2048)


@BOMBS.answered("job archive_bomb")
def gzip_bomb_of_two_gigabytes() -> bytes:
    return tar_bomb("application/gzip")


@BOMBS.answered("job archive_bomb")
def bzip2_bomb_of_two_gigabytes() -> bytes:
    """The highest compression: 45 bytes for each MiB of zeros."""
    return tar_bomb("application/x-bzip2")


@BOMBS.answered("job archive_bomb")
def xz_bomb_of_two_gigabytes() -> bytes:
    return tar_bomb("application/x-xz")


@BOMBS.answered("job archive_bomb")
def zstd_bomb_of_two_gigabytes() -> bytes:
    return tar_bomb("application/zstd")


@BOMBS.answered("job archive_bomb")
def gzip_bomb_behind_the_end_of_the_tar() -> bytes:
    """A reader that decompresses to the end, to verify the checksum, decompresses the bomb."""
    return COMPRESSORS["application/gzip"](tar_of(member(b"good.jpg"))) + compressed_zeros("application/gzip", 1024)


@BOMBS.answered("job archive_bomb")
def gzip_bomb_of_headers() -> bytes:
    """A gigabyte of GNU long names, each of which replaces the one before."""
    name = tar_header(b"././@LongLink", size=b"%o" % MiB, kind=b"L") + b"a" * MiB
    return COMPRESSORS["application/gzip"](name) * 1024
