"""Archives read by their index, through ranged reads: nothing is unpacked, nothing is held that grows with them."""

from collections.abc import AsyncGenerator

from shared.archives.entries import ArchiveLimits, Entry, Locator, whole_object
from shared.archives.errors import ArchiveError, EmptyArchive, EntryError
from shared.archives.names import MemberNames, with_extension
from shared.archives.reader import Reader, StorageReader
from shared.archives.reading import plan_reads, read_entries, read_entry
from shared.archives.sniffing import ARCHIVES, PICTURES, SNIFF_BYTES, sniff
from shared.archives.tar_index import tar_entries
from shared.archives.zip_index import zip_entries

__all__ = [
    "ARCHIVES",
    "PICTURES",
    "SNIFF_BYTES",
    "ArchiveError",
    "ArchiveLimits",
    "EmptyArchive",
    "Entry",
    "EntryError",
    "Locator",
    "MemberNames",
    "Reader",
    "StorageReader",
    "archive_entries",
    "plan_reads",
    "read_entries",
    "read_entry",
    "sniff",
    "tar_entries",
    "whole_object",
    "with_extension",
    "zip_entries",
]


def archive_entries(
    kind: str, reader: Reader, limits: ArchiveLimits | None = None
) -> AsyncGenerator[Entry, None]:
    """The entries of an archive of the kind that `sniff` said, one of `ARCHIVES`."""
    return {"zip": zip_entries, "tar": tar_entries}[kind](reader, limits)
