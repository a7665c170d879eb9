import io
import struct

import numpy as np
import pytest
from PIL import Image

from tests.worker.imaging.pictures import packed, reopened, scan
from worker.imaging import tiff_tags


def block(order: str, entries: list[tuple[int, int, int, bytes]]) -> bytes:
    head = {"<": b"II", ">": b"MM"}[order] + struct.pack(f"{order}HL", 42, 8)
    packed_entries = b"".join(struct.pack(f"{order}HHL4s", *entry) for entry in entries)
    return head + struct.pack(f"{order}H", len(entries)) + packed_entries + bytes(4)


@pytest.mark.parametrize("order", ["<", ">"])
def test_values_are_read_in_either_byte_order(order):
    source = block(order, [(296, 3, 1, struct.pack(f"{order}HH", 2, 0)), (271, 2, 3, b"abc\0")])

    directory = tiff_tags.read(source)

    assert directory.entries == {296: tiff_tags.Entry(3, b"\x02\0"), 271: tiff_tags.Entry(2, b"abc")}


def test_written_values_are_read_back():
    child = tiff_tags.Directory({0x9003: tiff_tags.Entry(2, b"1911:05:03 12:00:00\0")})
    directory = tiff_tags.Directory(
        {270: tiff_tags.Entry(2, b"odd length\0"), 296: tiff_tags.Entry(3, b"\2\0")}, {0x8769: child}
    )

    again = tiff_tags.read(tiff_tags.block_of(directory))

    assert again.entries == directory.entries
    assert again.children == {0x8769: child}


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw"])
def test_a_written_tiff_is_extended_in_place(compression):
    file = io.BytesIO(packed(scan(), "TIFF", compression=compression))

    tiff_tags.extend(file, tiff_tags.Directory({270: tiff_tags.Entry(2, b"added later\0")}))

    result = reopened(file.getvalue())
    assert result.tag_v2[270] == "added later"
    assert np.array_equal(np.asarray(result), np.asarray(scan()))


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"II",
        b"II*\0\xff\xff\xff\xff",
        b"XX*\0\x08\0\0\0",
        block("<", [(270, 2, 0xFFFFFFFF, struct.pack("<L", 8))]),
        block("<", [(270, 2, 100, struct.pack("<L", 0xFFFFFFF0))]),
        block("<", [(270, 99, 1, bytes(4)), (271, 2, 0, bytes(4))]),
        block("<", [(0x8769, 4, 1, struct.pack("<L", 8))])[:-4],
        block("<", [(0x8769, 4, 1, struct.pack("<L", 0xFFFFFF))]),
    ],
)
def test_invalid_entries_are_left_out(hostile):
    assert tiff_tags.read(hostile).entries == {}


def test_a_directory_that_is_its_own_child_is_read_once():
    loop = block("<", [(0x8769, 4, 1, struct.pack("<L", 8))])

    assert tiff_tags.read(loop).children[0x8769].children == {}


def test_big_tiff_is_read_too():
    out = io.BytesIO()
    Image.new("L", (4, 4)).save(out, "TIFF", big_tiff=True, tiffinfo={270: "a long description"})

    assert tiff_tags.read(out.getvalue()).entries[270] == tiff_tags.Entry(2, b"a long description\0")


def test_entries_that_share_bytes_take_no_more_than_twice_the_file():
    texts = [(40_000 + number, 2, 1 << 20, struct.pack("<L", 8)) for number in range(2000)]
    source = block("<", texts) + bytes(1 << 20)

    read = tiff_tags.read(source)

    assert sum(len(entry.data) for entry in read.entries.values()) <= 2 * len(source)
    assert 40_000 in read.entries
