"""Malicious and unusual JPEGs, a function for each."""

import struct

from tests.hostile.attacks import GOOD, Attacks
from tests.hostile.saving import saved

JPEGS = Attacks()


def with_segment(jpeg: bytes, marker: int, content: bytes) -> bytes:
    """The JPEG with another segment in front of the others."""
    return jpeg[:2] + struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content + jpeg[2:]


def with_size(jpeg: bytes, width: int, height: int) -> bytes:
    """The JPEG with another size in its header."""
    at = next(at for at in range(len(jpeg)) if jpeg[at] == 0xFF and jpeg[at + 1] in (0xC0, 0xC1, 0xC2)) + 5
    return jpeg[:at] + struct.pack(">HH", height, width) + jpeg[at + 4 :]


def with_frame(jpeg: bytes, marker: int, precision: int = 8) -> bytes:
    """The JPEG with another frame type (SOF0 to SOF15) in its header."""
    at = jpeg.index(b"\xff\xc0")
    return jpeg[:at] + bytes([0xFF, marker]) + jpeg[at + 2 : at + 4] + bytes([precision]) + jpeg[at + 5 :]


def with_scans(width: int, height: int, scans: int) -> bytes:
    """A progressive JPEG that repeats its last scan: small to store, expensive to decode.

    "Two Issues with the JPEG Standard" (T. Richter, libjpeg-turbo, 2015), as `jpegtran -scans` writes them.
    """
    jpeg = saved("JPEG", size=(width, height), progressive=True)
    last = jpeg.rindex(b"\xff\xda")
    return jpeg[:last] + jpeg[last:-2] * scans + jpeg[-2:]


@JPEGS.answered("failed image_too_large")
def jpeg_of_four_gigapixels() -> bytes:
    return with_size(GOOD, 65_500, 65_500)


@JPEGS.answered("failed corrupt_image")
def jpeg_wider_than_libjpeg_reads() -> bytes:
    return with_size(GOOD, 65_535, 8)


@JPEGS.answered("failed corrupt_image")
def jpeg_of_height_0() -> bytes:
    """The header leaves the height to a DNL marker behind the scan."""
    return with_size(GOOD, 64, 0)


@JPEGS.answered("succeeded")
def jpeg_of_the_greatest_width() -> bytes:
    return saved("JPEG", size=(65_500, 2))


@JPEGS.answered("succeeded")
def jpeg_of_one_pixel() -> bytes:
    return saved("JPEG", size=(1, 1))


@JPEGS.answered("succeeded")
def jpeg_of_a_hundred_scans() -> bytes:
    return with_scans(64, 48, 100)


@JPEGS.answered("failed corrupt_image")
def jpeg_of_two_frames() -> bytes:
    """A check of the size may read the first frame, a decoder the second."""
    at = GOOD.index(b"\xff\xc0")
    return GOOD[:at] + with_size(GOOD, 8000, 8000)[at : at + 13] + GOOD[at:]


@JPEGS.answered("failed corrupt_image")
def jpeg_of_12_bits() -> bytes:
    return with_frame(GOOD, 0xC1, precision=12)


@JPEGS.answered("failed corrupt_image")
def lossless_jpeg() -> bytes:
    return with_frame(GOOD, 0xC3)


@JPEGS.answered("failed corrupt_image")
def jpeg_cut_off() -> bytes:
    return GOOD[: len(GOOD) // 2]


@JPEGS.answered("failed corrupt_image")
def jpeg_without_a_scan() -> bytes:
    return GOOD[: GOOD.index(b"\xff\xda")] + b"\xff\xd9"


@JPEGS.answered("failed corrupt_image")
def jpeg_with_too_many_huffman_codes() -> bytes:
    """More Huffman codes of a length than possible, as in image-rs/jpeg-decoder's derive-huffman-codes-overflow."""
    at = GOOD.index(b"\xff\xc4") + 5
    return GOOD[:at] + b"\xff" * 16 + GOOD[at + 16 :]


@JPEGS.answered("succeeded")
def cmyk_jpeg() -> bytes:
    return saved("JPEG", "CMYK")


@JPEGS.answered("succeeded")
def jpeg_with_a_zip_behind_it() -> bytes:
    """corkami/mitra: a polyglot. The result is encoded anew, without the zip."""
    return GOOD + b"PK\x05\x06" + bytes(18)


@JPEGS.answered("succeeded")
def jpeg_with_half_a_profile() -> bytes:
    """Part 2 of 3 is missing."""
    return with_segment(
        with_segment(GOOD, 0xE2, b"ICC_PROFILE\0\3\3" + bytes(50)), 0xE2, b"ICC_PROFILE\0\1\3" + bytes(50)
    )


EXIF = b"Exif\0\0"


@JPEGS.answered("succeeded")
def jpeg_with_circular_exif() -> bytes:
    """CVE-2026-96643: a directory that is its own next directory and its own EXIF directory."""
    directory = struct.pack("<2sHL HHHLLL", b"II", 42, 8, 1, 0x8769, 4, 1, 8, 8)
    return with_segment(GOOD, 0xE1, EXIF + directory)


@JPEGS.answered("succeeded")
def jpeg_with_exif_of_gigabytes() -> bytes:
    directory = struct.pack("<2sHL HHHLLL", b"II", 42, 8, 1, 0x010E, 2, 0xFFFFFFFF, 0xFFFFFFF0, 0)
    return with_segment(GOOD, 0xE1, EXIF + directory)


@JPEGS.answered("succeeded")
def jpeg_with_an_invalid_orientation() -> bytes:
    directory = struct.pack("<2sHL HHHLHHL", b"II", 42, 8, 1, 0x0112, 3, 1, 77, 0, 0)
    return with_segment(GOOD, 0xE1, EXIF + directory)
