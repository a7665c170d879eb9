"""What an index yields: entries, and the locators by which a worker finds their bytes again. No reading, no parsing."""

from dataclasses import dataclass
from typing import Literal, NotRequired, TypedDict

from shared.archives.errors import EntryError

Method = Literal["stored", "deflated"]
Skip = Literal["directory", "link", "special_file", "system_file", "hidden_file", "nested_archive", "not_an_image"]

NAME_BYTES = 1024


class Locator(TypedDict):
    """Where an item's bytes lie; kept in the item, so its fields are plain values and never change their meaning.

    `offset` is that of the local header (zip) or of the data (tar, a picture by itself); `header` is how many bytes a
    reader should expect before the data, 0 where there is no header; `length` is what the data takes up in the object,
    `size` what it is once inflated; `crc32` is None where nobody recorded one: in a plain tar.
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


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of an archive, in the archive's own order; `index` counts all of them, from 0.

    `name` is as given, safely decoded and at most 1 KB of UTF-8: data, never a path. An entry with `skip` is not a
    picture; one with `error` is known to be unreadable already; the numbers of either mean nothing. `pack` is the key
    of the object it lies in, where that is not the archive itself.
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

    @property
    def is_picture(self) -> bool:
        """As far as the index can tell."""
        return self.skip is None and self.error is None

    def locator(self, key: str) -> Locator:
        """`key` is the archive's."""
        return {
            "key": self.pack or key,
            "offset": self.offset,
            "header": self.header,
            "length": self.length,
            "method": self.method,
            "crc32": self.crc32,
            "size": self.size,
        }


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """How much an archive may claim. The defaults fit a 200-megapixel scan as an uncompressed 8-bit TIFF.

    The last two hold for a compressed tar, while it is decompressed: the memory of its window (128 MiB is what
    `zstd --ultra -22` and `xz -9` stay within), and the time, in which the storage's answers do not count.
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
    """A picture by itself: an archive of one."""
    return {
        "key": key,
        "offset": 0,
        "header": 0,
        "length": size,
        "method": "stored",
        "crc32": crc32,
        "size": size,
    }
