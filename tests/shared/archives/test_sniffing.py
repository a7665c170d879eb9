"""The format of a body is recognized by its first bytes."""

import gzip
import io
import lzma
import tarfile

import pytest
from PIL import Image

from shared.archives.sniffing import END_BYTES, SNIFF_BYTES, ends_as_zip, has_zip_entry, sniff
from tests.shared.archives.making import make_tar, make_zip


def picture(pillow_format: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (40, 30), 128).save(buffer, pillow_format)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("pillow_format", "kind"),
    [
        ("JPEG", "image/jpeg"),
        ("PNG", "image/png"),
        ("WEBP", "image/webp"),
        ("BMP", "image/bmp"),
        ("TIFF", "image/tiff"),
        ("GIF", "image/gif"),
    ],
)
def test_pictures_are_recognized(pillow_format: str, kind: str) -> None:
    assert sniff(picture(pillow_format)[:SNIFF_BYTES]) == kind


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (make_zip([("a.jpg", b"x")]), "zip"),
        (make_zip([]), "zip"),
        (make_tar([("a.jpg", b"x")], tarfile.USTAR_FORMAT), "tar"),
        (make_tar([("a.jpg", b"x")], tarfile.GNU_FORMAT), "tar"),
        (make_tar([("ä" * 200, b"x")], tarfile.PAX_FORMAT), "tar"),
        (gzip.compress(b"x", mtime=0), "application/gzip"),
        (lzma.compress(b"x"), "application/x-xz"),
        (b"BZh91AY&SY", "application/x-bzip2"),
        (b"\x28\xb5\x2f\xfd....", "application/zstd"),
        (b"%PDF-1.7", "application/pdf"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "image/heic"),
    ],
)
def test_archives_and_unsupported_formats_are_recognized(content: bytes, kind: str) -> None:
    assert sniff(content[:SNIFF_BYTES]) == kind


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"B",
        b"BMW is not a bitmap but a text",
        bytes(512),
        b"P",
        b"<html>",
        b"a" * 600,
        b"\0" * 148 + b"7" * 364,
    ],
)
def test_unknown_bytes_are_not_recognized(content: bytes) -> None:
    assert sniff(content) is None


def test_a_zip_after_a_prefix_is_recognized_by_an_entry_and_its_end() -> None:
    prefix, zipped = b"#!/bin/sh\nexit\n", make_zip([("a.jpg", b"x")], comment=b"c" * 0xFFFF)

    assert sniff(prefix + zipped) is None
    assert (has_zip_entry(prefix), has_zip_entry(prefix + zipped)) == (False, True)
    assert (ends_as_zip(prefix), ends_as_zip((prefix + zipped)[-END_BYTES:])) == (False, True)


@pytest.mark.parametrize("cut", range(5))
def test_an_entry_is_recognized_across_two_pieces(cut: int) -> None:
    assert has_zip_entry(b"MZ" + b"PK\x03\x04", searched=2 + cut) == (cut < 4)


def test_a_tar_without_magic_is_recognized_by_its_checksum() -> None:
    block = bytearray(make_tar([("a.jpg", b"x")], tarfile.USTAR_FORMAT)[:512])
    block[257:265] = bytes(8)
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)

    assert sniff(bytes(block)) == "tar"
