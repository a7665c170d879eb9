"""Malicious and unusual TIFFs, a function for each."""

import struct

from PIL import Image

from tests.hostile.attacks import Attacks
from tests.hostile.jpegs import with_scans
from tests.hostile.pngs import zlib_bomb
from tests.hostile.saving import saved

TIFFS = Attacks()


Tag = tuple[int, int, int, int]


def directory(tags: list[Tag], next_one: int = 0) -> bytes:
    """Each tag is (tag, type, count, value or offset)."""
    entries = b"".join(struct.pack("<HHLL", *tag) for tag in sorted(tags))
    return struct.pack("<H", len(tags)) + entries + struct.pack("<L", next_one)


def plain_tags(width: int = 8, height: int = 8, **other: int) -> list[Tag]:
    """The tags of a gray picture whose 64 bytes of pixels follow the header, at offset 8."""
    facts = {
        "bits": 8,
        "compression": 1,
        "photometric": 1,
        "offset": 8,
        "samples": 1,
        "rows": height,
        "bytes": 64,
        **other,
    }
    tags = (256, width), (257, height), (258, facts["bits"]), (259, facts["compression"]), (262, facts["photometric"])
    more = (273, facts["offset"]), (277, facts["samples"]), (278, facts["rows"]), (279, facts["bytes"])
    return [(tag, 4 if value > 0xFFFF else 3, 1, value) for tag, value in (*tags, *more)]


def tiff(*tags: Tag, next_one: int = 0, pixels: bytes = bytes(64)) -> bytes:
    """One directory behind its pixels. `tags` replace or extend the plain ones; a count of 0 removes a tag."""
    by_number = {tag[0]: tag for tag in (*plain_tags(), *tags)}
    by_number = {number: tag for number, tag in by_number.items() if tag[2]}
    return struct.pack("<2sHL", b"II", 42, 8 + len(pixels)) + pixels + directory(list(by_number.values()), next_one)


@TIFFS.answered("succeeded")
def tiff_baseline() -> bytes:
    """A valid TIFF. Most of the others differ from it in one tag."""
    return tiff()


@TIFFS.answered("succeeded")
def tiff_whose_directory_is_its_own_next() -> bytes:
    return tiff(next_one=72)


@TIFFS.answered("succeeded")
def tiff_of_twenty_thousand_directories() -> bytes:
    """All are marked as reduced copies. To count them, Pillow compares each with all others."""
    header, pixels = struct.pack("<2sHL", b"II", 42, 72), bytes(64)
    size = len(directory([*plain_tags(), (254, 4, 1, 1)]))
    first = directory([*plain_tags(), (254, 4, 1, 0)], 72 + size)
    others = (directory([*plain_tags(), (254, 4, 1, 1)], 72 + size * (n + 2)) for n in range(20_000))
    return header + pixels + first + b"".join(others) + directory(plain_tags())


@TIFFS.answered("failed multipage_image")
def tiff_of_two_pages() -> bytes:
    return saved("TIFF", save_all=True, append_images=[Image.new("L", (32, 24))])


@TIFFS.answered("failed image_too_large")
def tiff_of_ten_gigapixels() -> bytes:
    return tiff((256, 4, 1, 100_000), (257, 4, 1, 100_000))


@TIFFS.answered("failed corrupt_image")
def tiff_of_more_pixels_than_it_has() -> bytes:
    """The claimed size is within the limit, so that the memory is allocated, and freed again."""
    return tiff((256, 4, 1, 14_000), (257, 4, 1, 14_000), (278, 4, 1, 14_000), (279, 4, 1, 196_000_000))


@TIFFS.answered("failed corrupt_image")
def tiff_of_jpegs_with_endless_scans() -> bytes:
    """400 strips that are all the same JPEG, which repeats its last scan 20,000 times."""
    jpeg = with_scans(64, 48, 20_000)
    count, at = 400, 8
    strips = struct.pack(f"<{count}L", *[at] * count) + struct.pack(f"<{count}L", *[len(jpeg)] * count)
    return tiff(
        *((256, 4, 1, 64), (257, 4, 1, 48 * count), (258, 3, 1, 8), (259, 3, 1, 7), (262, 3, 1, 1), (278, 4, 1, 48)),
        *((273, 4, count, at + len(jpeg)), (279, 4, count, at + len(jpeg) + 4 * count)),
        pixels=jpeg + strips,
    )


@TIFFS.answered("failed corrupt_image")
def tiff_whose_strips_share_their_bytes() -> bytes:
    """1.5 MB that claim 100 megapixels: each of 100,000 strips is the same row."""
    rows, offsets = 100_000, 8
    strips = struct.pack("<L", offsets) * rows + struct.pack("<L", 1000) * rows
    return tiff(
        *((256, 4, 1, 1000), (257, 4, 1, rows), (278, 4, 1, 1)),
        *((273, 4, rows, 8 + 1000), (279, 4, rows, 8 + 1000 + 4 * rows)),
        pixels=bytes(1000) + strips,
    )


@TIFFS.answered("failed corrupt_image")
def tiff_of_directories_that_overlap() -> bytes:
    """A thousand of them in 60 KB, each with the same 4,096 entries: to read them all is to read 50 MB."""
    entries = struct.pack("<H", 4096) * 1000 + bytes(50 << 10)
    links = struct.pack("<1000L", *range(8, 2008, 2))
    return tiff((330, 4, 1000, 8 + len(entries)), pixels=entries + links)


@TIFFS.answered("succeeded")
def tiff_of_entries_that_share_bytes() -> bytes:
    """4,000 texts, each of them the whole of the same 4 MB."""
    texts = [(40_000 + n, 2, 4 << 20, 8) for n in range(4000)]
    return tiff(*texts, pixels=bytes(4 << 20))


@TIFFS.answered("failed corrupt_image")
def tiff_whose_pixels_lie_beyond_its_end() -> bytes:
    return tiff((273, 4, 1, 0xFFFFFFF0))


@TIFFS.answered("succeeded")
def tiff_text_of_four_gigabytes() -> bytes:
    return tiff((270, 2, 0xFFFFFFFF, 8))


@TIFFS.answered("failed corrupt_image")
def tiff_of_four_billion_strips() -> bytes:
    return tiff((273, 4, 0xFFFFFFFF, 8), (279, 4, 0xFFFFFFFF, 8))


@TIFFS.answered("failed corrupt_image")
def tiff_of_four_billion_samples() -> bytes:
    return tiff((277, 4, 1, 0xFFFFFFFF))


@TIFFS.answered("failed corrupt_image")
def tiff_with_tiles_larger_than_the_picture() -> bytes:
    return tiff(
        (273, 0, 0, 0), (279, 0, 0, 0), (322, 4, 1, 1 << 20), (323, 4, 1, 1 << 20), (324, 4, 1, 8), (325, 4, 1, 64)
    )


@TIFFS.answered("succeeded")
def tiff_strip_bomb() -> bytes:
    """Deflate: a gigabyte of zeros instead of 64 bytes. A decoder that stops there never decompresses the rest."""
    pixels = zlib_bomb(1024)
    return tiff((259, 3, 1, 8), (279, 4, 1, len(pixels)), pixels=pixels)


@TIFFS.answered("failed unsupported_compression")
def tiff_of_old_jpeg_without_tables() -> bytes:
    return tiff((259, 3, 1, 6))


@TIFFS.answered("failed corrupt_image")
def tiff_without_a_directory() -> bytes:
    return struct.pack("<2sHL", b"II", 42, 0xFFFFFFF0) + bytes(64)


@TIFFS.answered("failed corrupt_image")
def tiff_of_64_bits_without_a_directory() -> bytes:
    """BigTIFF, with an offset beyond any file."""
    return struct.pack("<2sHHHQ", b"II", 43, 8, 0, (1 << 63) - 1) + bytes(64)


@TIFFS.answered("failed unsupported_bit_depth")
def tiff_of_16_bits() -> bytes:
    return saved("TIFF", "I;16")


@TIFFS.answered("failed unsupported_bit_depth")
def tiff_of_floats() -> bytes:
    return saved("TIFF", "F")


@TIFFS.answered("failed unsupported_color_space")
def tiff_in_lab() -> bytes:
    return saved("TIFF", "LAB")


@TIFFS.answered("succeeded")
def cmyk_tiff() -> bytes:
    return saved("TIFF", "CMYK")
