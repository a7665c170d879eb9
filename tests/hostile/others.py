"""Malicious and unusual WebPs, BMPs, and files in other formats, a function for each."""

import struct

from PIL import Image

from tests.hostile.attacks import Attacks
from tests.hostile.pngs import png, zlib_bomb
from tests.hostile.saving import saved

OTHERS = Attacks()


@OTHERS.answered("failed image_too_large")
def webp_of_268_megapixels() -> bytes:
    """A lossless WebP that claims 16,384 x 16,384 in 28 bits of its header."""
    content = bytearray(saved("WEBP", "RGB", lossless=True))
    at = content.index(b"VP8L") + 9
    content[at : at + 4] = struct.pack("<L", 16_383 | 16_383 << 14)
    return bytes(content)


@OTHERS.answered("failed animated_image")
def webp_of_two_hundred_frames() -> bytes:
    frames = [Image.new("RGB", (64, 64), (number, 0, 0)) for number in range(199)]
    return saved("WEBP", "RGB", size=(64, 64), save_all=True, append_images=frames)


@OTHERS.answered("failed corrupt_image")
def webp_cut_off() -> bytes:
    return saved("WEBP", "RGB")[:-30]


@OTHERS.answered("succeeded")
def webp_with_alpha() -> bytes:
    return saved("WEBP", "RGBA")


def bmp(width: int, height: int, bits: int = 8, compression: int = 0) -> bytes:
    header = struct.pack("<LllHHLLllLL", 40, width, height, 1, bits, compression, 0, 2835, 2835, 0, 0)
    return struct.pack("<2sLHHL", b"BM", 54 + 1024, 0, 0, 54 + 1024) + header + bytes(1024)


@OTHERS.answered("failed image_too_large")
def bmp_of_four_exapixels() -> bytes:
    return bmp(0x7FFFFFFF, 0x7FFFFFFF)


@OTHERS.answered("failed corrupt_image")
def bmp_of_more_pixels_than_it_has() -> bytes:
    return bmp(14_000, 14_000)


@OTHERS.answered("failed corrupt_image")
def bmp_with_truncated_run_lengths() -> bytes:
    return bmp(10_000, 10_000, compression=1) + b"\xff\0" * 100


@OTHERS.answered("failed image_too_large")
def bmp_of_negative_width() -> bytes:
    """Pillow reads the width as a large unsigned number."""
    return bmp(-8, 8)


@OTHERS.answered("failed unsupported_format")
def gif_of_two_hundred_frames() -> bytes:
    """Thousands of pixels per byte."""
    frames = [Image.new("L", (300, 300), number % 2) for number in range(199)]
    return saved("GIF", size=(300, 300), save_all=True, append_images=frames)


@OTHERS.answered("failed unsupported_format")
def icon_that_is_a_bomb() -> bytes:
    return struct.pack("<HHH BBBBHHLL", 0, 1, 1, 0, 0, 0, 0, 1, 32, 99, 22) + png(60_000, 60_000, data=b"")


@OTHERS.answered("failed unsupported_format")
def postscript_that_runs_a_program() -> bytes:
    """CVE-2017-8291 and similar: Pillow would pass it to Ghostscript."""
    return (
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n(%pipe%touch /tmp/photochrom-slipped) (r) file\nshowpage\n"
    )


@OTHERS.answered("failed unsupported_format")
def svg_that_reads_files() -> bytes:
    return (
        b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        b'<svg xmlns="http://www.w3.org/2000/svg"><image href="http://127.0.0.1/"/><text>&x;</text></svg>'
    )


@OTHERS.answered("failed unsupported_format")
def windows_metafile() -> bytes:
    return b"\xd7\xcd\xc6\x9a" + bytes(80)


@OTHERS.answered("failed unsupported_format")
def photoshop_document() -> bytes:
    return struct.pack(">4sH6xHLLHH", b"8BPS", 1, 56, 30_000, 30_000, 16, 4) + bytes(80)


@OTHERS.answered("failed unsupported_format")
def fits_of_a_gzip_bomb() -> bytes:
    """CVE-2026-40192."""
    return b"SIMPLE  =                    T" + b" " * 50 + zlib_bomb(16)


@OTHERS.answered("failed unsupported_format")
def jpeg_2000() -> bytes:
    return b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(80)


@OTHERS.answered("failed unsupported_format")
def program() -> bytes:
    return b"\x7fELF" + bytes(80)


@OTHERS.answered("failed unsupported_format")
def only_zeros() -> bytes:
    return bytes(100_000)
