"""The index for each kind of archive that can be read without unpacking it. The third argument is the encoding of
names, None to detect it.
"""

from collections.abc import AsyncGenerator, Callable

from shared.archives.entries import ArchiveLimits, Entry
from shared.archives.reader import Reader
from shared.archives.tar_index import tar_entries
from shared.archives.zip_index import zip_entries

INDEXES: dict[str, Callable[[Reader, ArchiveLimits, str | None], AsyncGenerator[Entry, None]]] = {
    "application/zip": zip_entries,
    "application/x-tar": tar_entries,
}
