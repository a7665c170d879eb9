"""Malicious and unusual PNGs, a function for each."""

import struct
import zlib

from PIL import Image

from tests.hostile.attacks import Attacks, MiB, zeros
from tests.hostile.saving import saved

PNGS = Attacks()


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
    """A gray PNG, with additional chunks before and after its pixels."""
    rows = zlib.compress(bytes(height * (1 + width * depth // 8))) if data is None else data
    header = chunk(b"IHDR", struct.pack(">2L5B", width, height, depth, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + before + chunk(b"IDAT", rows) + after + chunk(b"IEND", b"")


def zlib_bomb(size: int) -> bytes:
    """`size` MiB of zeros as a zlib stream, with a wrong checksum."""
    return b"\x78\xda" + zeros(size) + bytes(4)


@PNGS.answered("failed image_too_large")
def png_of_ten_gigapixels() -> bytes:
    return png(100_000, 100_000, data=b"")


@PNGS.answered("failed image_too_large")
def png_of_the_largest_size_in_a_header() -> bytes:
    return png(0x7FFFFFFF, 0x7FFFFFFF, data=b"")


@PNGS.answered("failed corrupt_image")
def png_of_no_pixels() -> bytes:
    return png(0, 0)


@PNGS.answered("failed corrupt_image")
def png_text_bomb() -> bytes:
    """CVE-2014-9601: zTXt, as in Pillow's png_decompression_dos.png."""
    return png(before=chunk(b"zTXt", b"Comment\0\0" + zlib_bomb(256)))


@PNGS.answered("failed corrupt_image")
def png_international_text_bomb() -> bytes:
    return png(before=chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib_bomb(256)))


@PNGS.answered("failed corrupt_image")
def png_profile_bomb() -> bytes:
    return png(before=chunk(b"iCCP", b"icc\0\0" + zlib_bomb(256)))


@PNGS.answered("failed corrupt_image")
def png_text_bomb_behind_the_pixels() -> bytes:
    return png(after=chunk(b"zTXt", b"Comment\0\0" + zlib_bomb(256)))


@PNGS.answered("succeeded")
def png_pixels_that_decompress_beyond_the_picture() -> bytes:
    """A gigabyte behind 64 pixels. A decoder that stops at the last pixel never decompresses it."""
    return png(data=b"\x78\xda" + zeros(1024) + bytes(4))


@PNGS.answered("succeeded")
def png_of_fifty_thousand_texts() -> bytes:
    return png(before=b"".join(chunk(b"tEXt", b"k%d\0v" % number) for number in range(50_000)))


@PNGS.answered("failed corrupt_image")
def png_of_many_small_text_bombs() -> bytes:
    """Each text is within the limit for one, but together they exceed the total limit."""
    return png(before=chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(MiB))) * 80)


@PNGS.answered("succeeded")
def png_of_fifty_thousand_empty_pieces() -> bytes:
    whole = zlib.compress(bytes(8 * 9))
    return png(
        data=b"",
        before=chunk(b"IDAT", b"") * 50_000 + b"".join(chunk(b"IDAT", whole[n : n + 1]) for n in range(len(whole))),
    )


@PNGS.answered("failed corrupt_image")
def png_cut_off() -> bytes:
    return saved("PNG")[:-40]


@PNGS.answered("failed corrupt_image")
def png_with_a_wrong_checksum() -> bytes:
    content = bytearray(png())
    content[29] ^= 1
    return bytes(content)


@PNGS.answered("succeeded")
def png_of_one_pixel() -> bytes:
    return png(1, 1)


@PNGS.answered("succeeded")
def png_a_million_wide() -> bytes:
    return png(1_000_000, 1)


@PNGS.answered("succeeded")
def png_a_million_high() -> bytes:
    return png(1, 1_000_000)


@PNGS.answered("failed unsupported_bit_depth")
def png_of_16_bits() -> bytes:
    return png(depth=16)


@PNGS.answered("failed bilevel_image")
def png_of_1_bit() -> bytes:
    return saved("PNG", "1")


@PNGS.answered("succeeded")
def png_of_a_palette_with_transparency() -> bytes:
    return saved("PNG", "P", transparency=3)


@PNGS.answered("succeeded")
def png_of_gray_and_alpha() -> bytes:
    return saved("PNG", "LA")


@PNGS.answered("failed animated_image")
def png_of_two_hundred_frames() -> bytes:
    frames = [Image.new("L", (64, 64), number) for number in range(199)]
    return saved("PNG", size=(64, 64), save_all=True, append_images=frames)
