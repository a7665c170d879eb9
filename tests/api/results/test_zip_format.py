"""The zip writer, checked by the standard library, including zip64 without gigabytes of data."""

import io
import zipfile
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.results.zip_format import CentralDirectory, ZipEntry, local_header

GiB = 1024**3


class SparseFile(io.RawIOBase):
    """A file with only some pieces in memory; the rest reads as zeros."""

    def __init__(self, pieces: dict[int, bytes], size: int) -> None:
        self._pieces, self._size, self._position = pieces, size, 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._position = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: Any) -> int:
        length = min(len(buffer), self._size - self._position)
        content = bytearray(length)
        for start, piece in self._pieces.items():
            begin, end = max(start, self._position), min(start + len(piece), self._position + length)
            if begin < end:
                content[begin - self._position : end - self._position] = piece[begin - start : end - start]
        buffer[:length] = content
        self._position += length
        return length


def sparse_archive(entries: list[ZipEntry]) -> tuple[SparseFile, CentralDirectory]:
    directory, pieces, records = CentralDirectory(), {}, []
    for entry in entries:
        pieces[directory.offset] = local_header(entry)
        records.append(directory.add(entry))
    pieces[directory.offset] = b"".join(records) + directory.end()
    return SparseFile(pieces, directory.offset + len(pieces[directory.offset])), directory


@pytest.mark.parametrize(
    "sizes",
    [
        [3],
        [],
        [2**32 - 2],
        [2**32 - 1],
        [2**32],
        [5 * GiB, 3],
        [3 * GiB, 3 * GiB, 3],
        [1] * 65_534,
        [1] * 65_535,
    ],
    ids=["one", "none", "4G-2", "4G-1", "4G", "large first", "far offset", "65534", "65535"],
)
def test_an_archive_of_any_sizes_is_readable(sizes: list[int]) -> None:
    entries = [ZipEntry(f"{n}.jpg", size, 17) for n, size in enumerate(sizes)]

    file, directory = sparse_archive(entries)

    with zipfile.ZipFile(file) as archive:
        sizes_read = [(entry.filename, entry.file_size, entry.compress_size) for entry in archive.infolist()]
        assert sizes_read == [(entry.name, entry.size, entry.size) for entry in entries]
        assert directory.offset + directory.size + len(directory.end()) == file.seek(0, io.SEEK_END)
        for entry in archive.infolist()[-1:]:
            assert archive.open(entry).read(0) == b""


@given(st.dictionaries(st.text("abcä/ü空 .", min_size=1, max_size=40), st.binary(max_size=50), max_size=8))
def test_names_and_bytes_survive(files: dict[str, bytes]) -> None:
    directory, content, records = CentralDirectory(), b"", b""
    for name, body in files.items():
        entry = ZipEntry(name, len(body), zlib.crc32(body))
        content += local_header(entry) + body
        records += directory.add(entry)
    whole = content + records + directory.end()

    assert len(whole) == directory.offset + directory.size + len(directory.end())
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert archive.testzip() is None
        assert {entry.filename: archive.read(entry) for entry in archive.infolist()} == files


def test_entries_are_plain_files_without_time_or_owner() -> None:
    file, _ = sparse_archive([ZipEntry("a.jpg", 0, 0)])

    [entry] = zipfile.ZipFile(file).infolist()

    assert entry.date_time == (1980, 1, 1, 0, 0, 0)
    assert entry.external_attr >> 16 == 0o100644
    assert entry.compress_type == zipfile.ZIP_STORED
