"""Archives for tests: valid ones by the standard library, forged ones record by record; and storage in memory."""

import asyncio
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import AsyncIterable, Callable, Iterable
from dataclasses import KW_ONLY, dataclass
from typing import TypeVar

from shared.archives.entries import ArchiveLimits, Entry
from shared.archives.tar_index import tar_entries
from shared.archives.zip_index import zip_entries
from shared.storage.errors import ObjectTooShort
from tests.shared.archives.readers import BytesReader

T = TypeVar("T")
Index = Callable[[BytesReader], AsyncIterable[Entry]]

END_OF_TAR = bytes(1024)


class BytesSource:
    """Ranged reads of one object in memory. They are recorded."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.reads: list[tuple[int, int]] = []

    async def get_range(self, key: str, offset: int, length: int) -> bytes:
        self.reads.append((offset, length))
        if offset + length > len(self.content):
            raise ObjectTooShort(key)
        return self.content[offset : offset + length]


class TailReader:
    """An archive of which only the end exists; before it, zeros are read."""

    def __init__(self, content: bytes, before: int) -> None:
        self.size = before + len(content)
        self._content = content
        self._before = before

    async def read(self, offset: int, length: int) -> bytes:
        zeros = min(max(self._before - offset, 0), length)
        begin = max(offset - self._before, 0)
        return bytes(zeros) + self._content[begin : begin + length - zeros]


@dataclass(frozen=True)
class Forged:
    """One entry of a zip. Fields that are None get their true values.

    `data` are the stored bytes, if not `content` compressed by `method`.
    """

    name: bytes
    content: bytes = b""
    _: KW_ONLY
    data: bytes | None = None
    method: int = 0
    flags: int = 0x800
    crc: int | None = None
    length: int | None = None
    size: int | None = None
    offset: int | None = None
    host: int = 3
    attributes: int = 0
    extra: bytes = b""
    local_extra: bytes = b""
    local_method: int | None = None
    local_size: int | None = None


def forge_zip(entries: Iterable[Forged], comment: bytes = b"", count: int | None = None) -> bytes:
    body, directory, number = bytearray(), bytearray(), 0
    for entry in entries:
        number += 1
        offset = len(body) if entry.offset is None else entry.offset
        data = entry.content if entry.data is None else entry.data
        if entry.method == 8 and entry.data is None:
            deflater = zlib.compressobj(wbits=-15)
            data = deflater.compress(data) + deflater.flush()
        crc = zlib.crc32(entry.content) if entry.crc is None else entry.crc
        length = len(data) if entry.length is None else entry.length
        size = len(entry.content) if entry.size is None else entry.size
        method = entry.method if entry.local_method is None else entry.local_method
        local_size = size if entry.local_size is None else entry.local_size
        local = (
            20,
            entry.flags,
            method,
            0,
            0,
            crc,
            length,
            local_size,
            len(entry.name),
            len(entry.local_extra),
        )
        body += struct.pack("<4s5H3L2H", b"PK\x03\x04", *local) + entry.name + entry.local_extra + data
        names = (len(entry.name), len(entry.extra), 0, 0, 0, entry.attributes, offset)
        made_by = entry.host << 8 | 20
        central = (made_by, 20, entry.flags, entry.method, 0, 0, crc, length, size, *names)
        directory += struct.pack("<4s6H3L5H2L", b"PK\x01\x02", *central) + entry.name + entry.extra
    number = number if count is None else count
    end = (0, 0, number & 0xFFFF, number & 0xFFFF, len(directory), len(body), len(comment))
    return bytes(body + directory + struct.pack("<4s4H2LH", b"PK\x05\x06", *end) + comment)


def make_zip(files: Iterable[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.comment = comment
        for name, content in files:
            archive.writestr(name, content)
    return buffer.getvalue()


def make_tar(files: Iterable[tuple[str, bytes]], tar_format: int = tarfile.PAX_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tar_format) as archive:
        for name, content in files:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def tar_header(name: bytes = b"a.jpg", size: bytes = b"0", kind: bytes = b"0", magic: bytes = b"ustar\x0000") -> bytes:
    """One header block with the given fields and a correct checksum."""
    block = bytearray(512)
    block[:100] = name.ljust(100, b"\0")
    block[124:136] = size.ljust(12, b"\0")
    block[156:157] = kind
    block[257:265] = magic.ljust(8, b"\0")
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % 512)


async def collect(items: AsyncIterable[T]) -> list[T]:
    return [item async for item in items]


def count_entries(index: Index, content: bytes) -> int:
    """Count the entries without keeping them."""

    async def count() -> int:
        counted = 0
        async for _ in index(BytesReader(content)):
            counted += 1
        return counted

    return asyncio.run(count())


def index_zip(content: bytes, limits: ArchiveLimits | None = None, name_encoding: str | None = None) -> list[Entry]:
    return asyncio.run(collect(zip_entries(BytesReader(content), limits, name_encoding)))


def index_tar(content: bytes, limits: ArchiveLimits | None = None, name_encoding: str | None = None) -> list[Entry]:
    return asyncio.run(collect(tar_entries(BytesReader(content), limits, name_encoding)))
