"""Pictures that attack their decoder, or are odd: one function each, named after what it is."""

import io
import struct
import zlib
from typing import Any

import numpy as np
from PIL import Image

from tests.hostile.attacks import GOOD, Attacks, MiB, zeros

PICTURES = Attacks()


def saved(kind: str, mode: str = "L", size: tuple[int, int] = (32, 24), **how: Any) -> bytes:
    """A small gradient in any mode and format that Pillow writes."""
    plane = Image.fromarray(np.linspace(0, 255, size[0] * size[1]).astype(np.uint8).reshape(size[1], size[0]))
    out = io.BytesIO()
    plane.convert("RGB").convert(mode).save(out, kind, **how)
    return out.getvalue()


# PNG.


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">L", len(content)) + kind + content + struct.pack(">L", zlib.crc32(kind + content))


def png(
    width: int = 8,
    height: int = 8,
    *,
    depth: int = 8,
    before: bytes = b"",
    after: bytes = b"",
    data: bytes | None = None,
) -> bytes:
    """A gray one, with chunks of one's own before and after its pixels."""
    rows = zlib.compress(bytes(height * (1 + width * depth // 8))) if data is None else data
    header = chunk(b"IHDR", struct.pack(">2L5B", width, height, depth, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + before + chunk(b"IDAT", rows) + after + chunk(b"IEND", b"")


def zlib_bomb(size: int) -> bytes:
    """So many MiB of zeros as zlib has them: raw deflate in an envelope, whose checksum is wrong."""
    return b"\x78\xda" + zeros(size) + bytes(4)


@PICTURES.answered("failed image_too_large")
def png_of_ten_gigapixels() -> bytes:
    return png(100_000, 100_000, data=b"")


@PICTURES.answered("failed image_too_large")
def png_of_as_many_pixels_as_its_header_can_say() -> bytes:
    return png(0x7FFFFFFF, 0x7FFFFFFF, data=b"")


@PICTURES.answered("failed corrupt_image")
def png_of_no_pixels() -> bytes:
    return png(0, 0)


@PICTURES.answered("failed corrupt_image")
def png_text_that_expands() -> bytes:
    """CVE-2014-9601: zTXt, as in Pillow's png_decompression_dos.png."""
    return png(before=chunk(b"zTXt", b"Comment\0\0" + zlib_bomb(256)))


@PICTURES.answered("failed corrupt_image")
def png_international_text_that_expands() -> bytes:
    return png(before=chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib_bomb(256)))


@PICTURES.answered("failed corrupt_image")
def png_profile_that_expands() -> bytes:
    return png(before=chunk(b"iCCP", b"icc\0\0" + zlib_bomb(256)))


@PICTURES.answered("failed corrupt_image")
def png_text_that_expands_behind_the_pixels() -> bytes:
    return png(after=chunk(b"zTXt", b"Comment\0\0" + zlib_bomb(256)))


@PICTURES.answered("succeeded")
def png_pixels_that_expand_further_than_the_picture() -> bytes:
    """A gigabyte behind 64 pixels: who stops at the last pixel never sees it."""
    return png(data=b"\x78\xda" + zeros(1024) + bytes(4))


@PICTURES.answered("succeeded")
def png_of_fifty_thousand_texts() -> bytes:
    return png(before=b"".join(chunk(b"tEXt", b"k%d\0v" % number) for number in range(50_000)))


@PICTURES.answered("failed corrupt_image")
def png_of_many_texts_that_expand_a_little() -> bytes:
    """None of them beyond the limit for one, all of them beyond that for all."""
    return png(before=chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(MiB))) * 80)


@PICTURES.answered("succeeded")
def png_of_fifty_thousand_empty_pieces() -> bytes:
    whole = zlib.compress(bytes(8 * 9))
    return png(
        data=b"",
        before=chunk(b"IDAT", b"") * 50_000 + b"".join(chunk(b"IDAT", whole[n : n + 1]) for n in range(len(whole))),
    )


@PICTURES.answered("failed corrupt_image")
def png_cut_off() -> bytes:
    return saved("PNG")[:-40]


@PICTURES.answered("failed corrupt_image")
def png_with_a_wrong_checksum() -> bytes:
    content = bytearray(png())
    content[29] ^= 1
    return bytes(content)


@PICTURES.answered("succeeded")
def png_of_one_pixel() -> bytes:
    return png(1, 1)


@PICTURES.answered("succeeded")
def png_a_million_wide() -> bytes:
    return png(1_000_000, 1)


@PICTURES.answered("succeeded")
def png_a_million_high() -> bytes:
    return png(1, 1_000_000)


@PICTURES.answered("failed unsupported_bit_depth")
def png_of_16_bits() -> bytes:
    return png(depth=16)


@PICTURES.answered("failed bilevel_image")
def png_of_1_bit() -> bytes:
    return saved("PNG", "1")


@PICTURES.answered("succeeded")
def png_of_a_palette_with_transparency() -> bytes:
    return saved("PNG", "P", transparency=3)


@PICTURES.answered("succeeded")
def png_of_gray_and_alpha() -> bytes:
    return saved("PNG", "LA")


@PICTURES.answered("failed animated_image")
def png_of_two_hundred_frames() -> bytes:
    frames = [Image.new("L", (64, 64), number) for number in range(199)]
    return saved("PNG", size=(64, 64), save_all=True, append_images=frames)


# JPEG.


def with_segment(jpeg: bytes, marker: int, content: bytes) -> bytes:
    """A JPEG with one more segment in front of the others."""
    return jpeg[:2] + struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content + jpeg[2:]


def with_size(jpeg: bytes, width: int, height: int) -> bytes:
    """A JPEG that claims another size than its scan has."""
    at = next(at for at in range(len(jpeg)) if jpeg[at] == 0xFF and jpeg[at + 1] in (0xC0, 0xC1, 0xC2)) + 5
    return jpeg[:at] + struct.pack(">HH", height, width) + jpeg[at + 4 :]


def with_frame(jpeg: bytes, marker: int, precision: int = 8) -> bytes:
    """A JPEG whose frame claims another kind: SOF0 to SOF15."""
    at = jpeg.index(b"\xff\xc0")
    return jpeg[:at] + bytes([0xFF, marker]) + jpeg[at + 2 : at + 4] + bytes([precision]) + jpeg[at + 5 :]


def with_scans(width: int, height: int, scans: int) -> bytes:
    """A progressive JPEG whose last scan is there again and again: it costs little to say, and much to read.

    "Two Issues with the JPEG Standard" (T. Richter, libjpeg-turbo, 2015), as `jpegtran -scans` writes them.
    """
    jpeg = saved("JPEG", size=(width, height), progressive=True)
    last = jpeg.rindex(b"\xff\xda")
    return jpeg[:last] + jpeg[last:-2] * scans + jpeg[-2:]


@PICTURES.answered("failed image_too_large")
def jpeg_of_four_gigapixels() -> bytes:
    return with_size(GOOD, 65_500, 65_500)


@PICTURES.answered("failed corrupt_image")
def jpeg_wider_than_libjpeg_reads() -> bytes:
    return with_size(GOOD, 65_535, 8)


@PICTURES.answered("failed corrupt_image")
def jpeg_whose_height_comes_later() -> bytes:
    """Height 0: a DNL marker behind the scan would say it."""
    return with_size(GOOD, 64, 0)


@PICTURES.answered("succeeded")
def jpeg_as_wide_as_may_be() -> bytes:
    return saved("JPEG", size=(65_500, 2))


@PICTURES.answered("succeeded")
def jpeg_of_one_pixel() -> bytes:
    return saved("JPEG", size=(1, 1))


@PICTURES.answered("succeeded")
def jpeg_of_a_hundred_scans() -> bytes:
    return with_scans(64, 48, 100)


@PICTURES.answered("failed corrupt_image")
def jpeg_of_two_frames() -> bytes:
    """One for whoever checks the size, another for whoever decodes."""
    at = GOOD.index(b"\xff\xc0")
    return GOOD[:at] + with_size(GOOD, 8000, 8000)[at : at + 13] + GOOD[at:]


@PICTURES.answered("failed corrupt_image")
def jpeg_of_12_bits() -> bytes:
    return with_frame(GOOD, 0xC1, precision=12)


@PICTURES.answered("failed corrupt_image")
def jpeg_without_loss() -> bytes:
    return with_frame(GOOD, 0xC3)


@PICTURES.answered("failed corrupt_image")
def jpeg_cut_off() -> bytes:
    return GOOD[: len(GOOD) // 2]


@PICTURES.answered("failed corrupt_image")
def jpeg_without_a_scan() -> bytes:
    return GOOD[: GOOD.index(b"\xff\xda")] + b"\xff\xd9"


@PICTURES.answered("failed corrupt_image")
def jpeg_whose_codes_overflow() -> bytes:
    """More Huffman codes of a length than there can be, as in image-rs/jpeg-decoder's derive-huffman-codes-overflow."""
    at = GOOD.index(b"\xff\xc4") + 5
    return GOOD[:at] + b"\xff" * 16 + GOOD[at + 16 :]


@PICTURES.answered("succeeded")
def jpeg_of_four_inks() -> bytes:
    return saved("JPEG", "CMYK")


@PICTURES.answered("succeeded")
def jpeg_with_a_zip_behind_it() -> bytes:
    """corkami/mitra: a polyglot. What comes back is written anew."""
    return GOOD + b"PK\x05\x06" + bytes(18)


@PICTURES.answered("succeeded")
def jpeg_with_half_a_profile() -> bytes:
    """Part 2 of 3 is missing."""
    return with_segment(
        with_segment(GOOD, 0xE2, b"ICC_PROFILE\0\3\3" + bytes(50)), 0xE2, b"ICC_PROFILE\0\1\3" + bytes(50)
    )


EXIF = b"Exif\0\0"


@PICTURES.answered("succeeded")
def jpeg_whose_exif_goes_in_circles() -> bytes:
    """CVE-2026-96643: a directory whose next one, and whose EXIF, is itself."""
    directory = struct.pack("<2sHL HHHLLL", b"II", 42, 8, 1, 0x8769, 4, 1, 8, 8)
    return with_segment(GOOD, 0xE1, EXIF + directory)


@PICTURES.answered("succeeded")
def jpeg_whose_exif_claims_gigabytes() -> bytes:
    directory = struct.pack("<2sHL HHHLLL", b"II", 42, 8, 1, 0x010E, 2, 0xFFFFFFFF, 0xFFFFFFF0, 0)
    return with_segment(GOOD, 0xE1, EXIF + directory)


@PICTURES.answered("succeeded")
def jpeg_whose_orientation_is_none() -> bytes:
    directory = struct.pack("<2sHL HHHLHHL", b"II", 42, 8, 1, 0x0112, 3, 1, 77, 0, 0)
    return with_segment(GOOD, 0xE1, EXIF + directory)


# TIFF.

Tag = tuple[int, int, int, int]


def directory(tags: list[Tag], next_one: int = 0) -> bytes:
    """(tag, type, count, value or offset)"""
    entries = b"".join(struct.pack("<HHLL", *tag) for tag in sorted(tags))
    return struct.pack("<H", len(tags)) + entries + struct.pack("<L", next_one)


def plain_tags(width: int = 8, height: int = 8, **other: int) -> list[Tag]:
    """A gray picture whose pixels follow the header: the bytes from 8 on, 64 of them."""
    said = {
        "bits": 8,
        "compression": 1,
        "photometric": 1,
        "offset": 8,
        "samples": 1,
        "rows": height,
        "bytes": 64,
        **other,
    }
    tags = (256, width), (257, height), (258, said["bits"]), (259, said["compression"]), (262, said["photometric"])
    more = (273, said["offset"]), (277, said["samples"]), (278, said["rows"]), (279, said["bytes"])
    return [(tag, 4 if value > 0xFFFF else 3, 1, value) for tag, value in (*tags, *more)]


def tiff(*tags: Tag, next_one: int = 0, pixels: bytes = bytes(64)) -> bytes:
    """One directory behind its pixels; `tags` replace or join the plain ones, those that count nothing remove them."""
    said = {tag[0]: tag for tag in (*plain_tags(), *tags)}
    said = {number: tag for number, tag in said.items() if tag[2]}
    return struct.pack("<2sHL", b"II", 42, 8 + len(pixels)) + pixels + directory(list(said.values()), next_one)


@PICTURES.answered("succeeded")
def tiff_by_hand() -> bytes:
    """The harmless one, of which the others differ by one lie each."""
    return tiff()


@PICTURES.answered("succeeded")
def tiff_whose_directory_is_its_own_next() -> bytes:
    return tiff(next_one=72)


@PICTURES.answered("succeeded")
def tiff_of_twenty_thousand_directories() -> bytes:
    """Reduced copies all of them. To count them, Pillow compares each with all others."""
    header, pixels = struct.pack("<2sHL", b"II", 42, 72), bytes(64)
    size = len(directory([*plain_tags(), (254, 4, 1, 1)]))
    first = directory([*plain_tags(), (254, 4, 1, 0)], 72 + size)
    others = (directory([*plain_tags(), (254, 4, 1, 1)], 72 + size * (n + 2)) for n in range(20_000))
    return header + pixels + first + b"".join(others) + directory(plain_tags())


@PICTURES.answered("failed multipage_image")
def tiff_of_two_pages() -> bytes:
    return saved("TIFF", save_all=True, append_images=[Image.new("L", (32, 24))])


@PICTURES.answered("failed image_too_large")
def tiff_of_ten_gigapixels() -> bytes:
    return tiff((256, 4, 1, 100_000), (257, 4, 1, 100_000))


@PICTURES.answered("failed corrupt_image")
def tiff_of_more_pixels_than_it_has() -> bytes:
    """Within the limit: the memory is taken, and given back."""
    return tiff((256, 4, 1, 14_000), (257, 4, 1, 14_000), (278, 4, 1, 14_000), (279, 4, 1, 196_000_000))


@PICTURES.answered("failed corrupt_image")
def tiff_whose_pixels_lie_beyond_its_end() -> bytes:
    return tiff((273, 4, 1, 0xFFFFFFF0))


@PICTURES.answered("succeeded")
def tiff_text_of_four_gigabytes() -> bytes:
    return tiff((270, 2, 0xFFFFFFFF, 8))


@PICTURES.answered("failed corrupt_image")
def tiff_of_four_billion_strips() -> bytes:
    return tiff((273, 4, 0xFFFFFFFF, 8), (279, 4, 0xFFFFFFFF, 8))


@PICTURES.answered("failed corrupt_image")
def tiff_of_four_billion_samples() -> bytes:
    return tiff((277, 4, 1, 0xFFFFFFFF))


@PICTURES.answered("failed corrupt_image")
def tiff_of_tiles_larger_than_the_picture() -> bytes:
    return tiff(
        (273, 0, 0, 0), (279, 0, 0, 0), (322, 4, 1, 1 << 20), (323, 4, 1, 1 << 20), (324, 4, 1, 8), (325, 4, 1, 64)
    )


@PICTURES.answered("succeeded")
def tiff_strip_that_expands() -> bytes:
    """Deflate: a gigabyte of zeros where 64 bytes are due. Who stops there never sees the rest."""
    pixels = zlib_bomb(1024)
    return tiff((259, 3, 1, 8), (279, 4, 1, len(pixels)), pixels=pixels)


@PICTURES.answered("failed corrupt_image")
def tiff_of_old_jpeg_without_tables() -> bytes:
    return tiff((259, 3, 1, 6))


@PICTURES.answered("failed corrupt_image")
def tiff_without_a_directory() -> bytes:
    return struct.pack("<2sHL", b"II", 42, 0xFFFFFFF0) + bytes(64)


@PICTURES.answered("failed corrupt_image")
def tiff_of_64_bits_without_a_directory() -> bytes:
    """BigTIFF: offsets beyond any file."""
    return struct.pack("<2sHHHQ", b"II", 43, 8, 0, (1 << 63) - 1) + bytes(64)


@PICTURES.answered("failed unsupported_bit_depth")
def tiff_of_16_bits() -> bytes:
    return saved("TIFF", "I;16")


@PICTURES.answered("failed unsupported_bit_depth")
def tiff_of_floats() -> bytes:
    return saved("TIFF", "F")


@PICTURES.answered("failed unsupported_color_space")
def tiff_in_lab() -> bytes:
    return saved("TIFF", "LAB")


@PICTURES.answered("succeeded")
def tiff_of_four_inks() -> bytes:
    return saved("TIFF", "CMYK")


# WebP and BMP.


@PICTURES.answered("failed image_too_large")
def webp_of_268_megapixels() -> bytes:
    """A lossless one claims 16,384 x 16,384 in 28 bits of its header."""
    content = bytearray(saved("WEBP", "RGB", lossless=True))
    at = content.index(b"VP8L") + 9
    content[at : at + 4] = struct.pack("<L", 16_383 | 16_383 << 14)
    return bytes(content)


@PICTURES.answered("failed animated_image")
def webp_of_two_hundred_frames() -> bytes:
    frames = [Image.new("RGB", (64, 64), (number, 0, 0)) for number in range(199)]
    return saved("WEBP", "RGB", size=(64, 64), save_all=True, append_images=frames)


@PICTURES.answered("failed corrupt_image")
def webp_cut_off() -> bytes:
    return saved("WEBP", "RGB")[:-30]


@PICTURES.answered("succeeded")
def webp_with_alpha() -> bytes:
    return saved("WEBP", "RGBA")


def bmp(width: int, height: int, bits: int = 8, compression: int = 0) -> bytes:
    header = struct.pack("<LllHHLLllLL", 40, width, height, 1, bits, compression, 0, 2835, 2835, 0, 0)
    return struct.pack("<2sLHHL", b"BM", 54 + 1024, 0, 0, 54 + 1024) + header + bytes(1024)


@PICTURES.answered("failed image_too_large")
def bmp_of_four_exapixels() -> bytes:
    return bmp(0x7FFFFFFF, 0x7FFFFFFF)


@PICTURES.answered("failed corrupt_image")
def bmp_of_more_pixels_than_it_has() -> bytes:
    return bmp(14_000, 14_000)


@PICTURES.answered("failed corrupt_image")
def bmp_of_run_lengths_that_end_early() -> bytes:
    return bmp(10_000, 10_000, compression=1) + b"\xff\0" * 100


@PICTURES.answered("failed image_too_large")
def bmp_of_negative_width() -> bytes:
    """Which Pillow takes for a large one."""
    return bmp(-8, 8)


# What is not taken, in a picture's clothes.


@PICTURES.answered("failed unsupported_format")
def gif_of_two_hundred_frames() -> bytes:
    """Thousands of pixels for each byte."""
    frames = [Image.new("L", (300, 300), number % 2) for number in range(199)]
    return saved("GIF", size=(300, 300), save_all=True, append_images=frames)


@PICTURES.answered("failed unsupported_format")
def icon_that_is_a_bomb() -> bytes:
    return struct.pack("<HHH BBBBHHLL", 0, 1, 1, 0, 0, 0, 0, 1, 32, 99, 22) + png(60_000, 60_000, data=b"")


@PICTURES.answered("failed unsupported_format")
def postscript_that_runs_a_program() -> bytes:
    """CVE-2017-8291 and its kin: Pillow would hand it to Ghostscript."""
    return (
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n(%pipe%touch /tmp/photochrom-slipped) (r) file\nshowpage\n"
    )


@PICTURES.answered("failed unsupported_format")
def svg_that_reads_files() -> bytes:
    return (
        b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        b'<svg xmlns="http://www.w3.org/2000/svg"><image href="http://127.0.0.1/"/><text>&x;</text></svg>'
    )


@PICTURES.answered("failed unsupported_format")
def metafile_of_windows() -> bytes:
    return b"\xd7\xcd\xc6\x9a" + bytes(80)


@PICTURES.answered("failed unsupported_format")
def photoshop_document() -> bytes:
    return struct.pack(">4sH6xHLLHH", b"8BPS", 1, 56, 30_000, 30_000, 16, 4) + bytes(80)


@PICTURES.answered("failed unsupported_format")
def fits_of_a_gzip_bomb() -> bytes:
    """CVE-2026-40192."""
    return b"SIMPLE  =                    T" + b" " * 50 + zlib_bomb(16)


@PICTURES.answered("failed unsupported_format")
def jpeg_2000() -> bytes:
    return b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(80)


@PICTURES.answered("failed unsupported_format")
def avif() -> bytes:
    return b"\x00\x00\x00\x18ftypavif" + bytes(80)


@PICTURES.answered("failed unsupported_format")
def program() -> bytes:
    return b"\x7fELF" + bytes(80)


@PICTURES.answered("failed unsupported_format")
def nothing_but_zeros() -> bytes:
    return bytes(100_000)
