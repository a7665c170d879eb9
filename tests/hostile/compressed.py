"""Malicious and unusual compressed tars, a function for each."""

import gzip
import lzma
import struct
import zlib

from tests.hostile.attacks import GOOD, Attacks, MiB
from tests.hostile.tars import member, tar_of
from tests.shared.archives.compressing import COMPRESSORS, zstd
from tests.shared.archives.making import make_zip

COMPRESSED = Attacks()

GZIP, BZIP2, XZ, ZSTD = COMPRESSORS.values()
PLAIN = tar_of(member(b"a.jpg"), member(b"good.jpg"))


@COMPRESSED.answered("job archive_unsupported")
def zstd_window_of_two_gigabytes() -> bytes:
    """`zstd --ultra --long=31`: the frame header (RFC 8878, 3.1.1.1) makes decoders allocate it before any data."""
    return b"\x28\xb5\x2f\xfd" + bytes([0, (31 - 10) << 3]) + b"\x01\x00\x00"


@COMPRESSED.answered("job archive_unsupported")
def xz_dictionary_of_three_gigabytes() -> bytes:
    """The .xz File Format, 3.1 and 5.3.1: the size is one byte in a block header."""
    fields = bytes([2, 0, 0x21, 1, 39]).ljust(8, b"\0")
    small = bytearray(lzma.compress(PLAIN, filters=[{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": MiB}]))
    small[12:24] = fields + struct.pack("<L", zlib.crc32(fields))
    return bytes(small)


@COMPRESSED.answered("succeeded", "succeeded")
def gzip_of_many_members() -> bytes:
    """As pigz, bgzip and `cat` produce: members end in the middle of headers and pictures."""
    return b"".join(GZIP(PLAIN[at : at + 300]) for at in range(0, len(PLAIN), 300))


@COMPRESSED.answered("succeeded", "succeeded")
def zstd_of_many_frames_and_gaps() -> bytes:
    """Skippable frames between the others, as pzstd writes them, and padding at the end."""
    skipped = struct.pack("<LL", 0x184D2A50, 4) + b"skip"
    return skipped + skipped.join(ZSTD(PLAIN[at : at + 300]) for at in range(0, len(PLAIN), 300)) + bytes(512)


@COMPRESSED.answered("succeeded", "succeeded")
def xz_behind_a_thousand_empty_streams() -> bytes:
    return XZ(b"") * 1000 + XZ(PLAIN)


@COMPRESSED.answered("succeeded", "succeeded")
def gzip_behind_many_empty_members() -> bytes:
    return GZIP(b"") * 50_000 + GZIP(PLAIN)


@COMPRESSED.answered("job archive_truncated")
def gzip_with_an_endless_file_name() -> bytes:
    """RFC 1952: the name in the header extends to a zero byte, which is missing."""
    return b"\x1f\x8b\x08\x08" + bytes(6) + b"a" * 10 * MiB


@COMPRESSED.answered("job not_a_tar")
def gzip_of_gzip() -> bytes:
    return GZIP(GZIP(PLAIN))


@COMPRESSED.answered("job not_a_tar")
def xz_of_a_zip() -> bytes:
    return XZ(make_zip([("a.jpg", GOOD)]))


@COMPRESSED.answered("job not_a_tar")
def gzip_of_a_picture() -> bytes:
    return GZIP(GOOD)


@COMPRESSED.answered("job archive_truncated")
def gzip_cut_off() -> bytes:
    return GZIP(PLAIN)[:-9]


@COMPRESSED.answered("job archive_truncated")
def bzip2_cut_off() -> bytes:
    return BZIP2(PLAIN)[:-9]


@COMPRESSED.answered("job archive_truncated")
def xz_cut_off() -> bytes:
    return XZ(PLAIN)[:-9]


@COMPRESSED.answered("job archive_truncated")
def zstd_cut_off() -> bytes:
    return ZSTD(PLAIN)[:-3]


@COMPRESSED.answered("job archive_corrupt")
def gzip_with_a_wrong_checksum() -> bytes:
    content = bytearray(gzip.compress(PLAIN))
    content[-6] ^= 1
    return bytes(content)


@COMPRESSED.answered("job archive_corrupt")
def zstd_with_an_unknown_dictionary() -> bytes:
    training = [b"%d pictures of the harbor in the snow %d" % (n, n * 7) for n in range(1000)]
    dictionary = zstd.train_dict(training, 1024)
    return zstd.compress(PLAIN, zstd_dict=dictionary)


@COMPRESSED.answered("succeeded", "succeeded", "skipped trailing_data")
def gzip_with_trailing_bytes() -> bytes:
    """As in gzip itself, trailing bytes that are not a member are ignored. The job reports them."""
    return GZIP(PLAIN) + b"trailing garbage"
