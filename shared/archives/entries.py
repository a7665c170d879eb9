"""What an index yields: entries, and the locators by which a worker finds their bytes again. Nothing is read here."""

from dataclasses import dataclass
from typing import Literal, NotRequired, TypedDict

from shared.archives.errors import EntryError

Method = Literal["stored", "deflated"]
Skip = Literal[
    "directory",
    "link",
    "special_file",
    "system_file",
    "hidden_file",
    "nested_archive",
    "not_an_image",
    "trailing_data",
]

NAME_BYTES = 1024


class Locator(TypedDict):
    """Where an item's bytes lie. It is stored with the item, so its fields are plain values and keep their meaning.

    `offset` points at the local header (zip) or at the data (tar, single picture). `header` is the expected number of
    bytes before the data, 0 without a header. `length` is the size of the data as stored, `size` after inflating.
    `crc32` is None where none was recorded, as in a plain tar.
    """

    key: str
    offset: int
    header: int
    length: int
    method: Method
    crc32: int | None
    size: int
    bucket: NotRequired[str]
    etag: NotRequired[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of an archive, in the archive's order; `index` counts all entries, from 0.

    `name` is the given name, safely decoded and cut to 1 KB of UTF-8: data, never a path. An entry with `skip` is not
    a picture, one with `error` cannot be read; the numbers of both are meaningless. `pack` is the key of the object
    that holds the entry, None for the archive itself. `name_bytes` is the name as stored, cut to 1 KB, where `name` is
    not simply these bytes as UTF-8. `undecided` is the same while the encoding is unknown: see `naming.py`.
    """

    index: int
    name: str
    offset: int
    header: int
    length: int
    size: int
    method: Method
    crc32: int | None
    skip: Skip | None = None
    error: EntryError | None = None
    pack: str | None = None
    name_bytes: bytes | None = None
    undecided: bytes | None = None

    @property
    def is_picture(self) -> bool:
        """As far as the index can tell."""
        return self.skip is None and self.error is None

    def locator(self, key: str) -> Locator:
        """`key` is that of the archive."""
        return {
            "key": self.pack or key,
            "offset": self.offset,
            "header": self.header,
            "length": self.length,
            "method": self.method,
            "crc32": self.crc32,
            "size": self.size,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveLimits:
    """How much an archive may claim. The defaults allow a 200-megapixel scan as an uncompressed 8-bit TIFF.

    The last two limit decompressing a compressed tar: the memory of its window (`zstd --ultra -22` and `xz -9` need
    less than 128 MiB), and the time, not counting the time spent waiting for the storage.
    """

    max_entries: int = 500_000
    max_index_bytes: int = 256 * 1024**2
    max_entry_bytes: int = 640 * 1024**2
    max_total_bytes: int = 8 * 1024**4
    max_ratio: int = 200
    ratio_free_bytes: int = 1024**2
    max_window_bytes: int = 128 * 1024**2
    max_seconds: float = 6 * 3600.0


def whole_object(key: str, size: int, crc32: int | None = None) -> Locator:
    """The locator of a picture that is an object by itself."""
    return {
        "key": key,
        "offset": 0,
        "header": 0,
        "length": size,
        "method": "stored",
        "crc32": crc32,
        "size": size,
    }
