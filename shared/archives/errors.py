"""What can be wrong with an archive as a whole, and with one entry of it. The codes are stable: clients read them."""

from shared.errors import PhotochromError


class ArchiveError(PhotochromError):
    """The archive as a whole cannot be used; the job fails with this code."""

    code = "archive_corrupt"


class ArchiveCorrupt(ArchiveError):
    """Its index contradicts itself or the file."""


class ArchiveTruncated(ArchiveError):
    """It ends early: usually an upload or a copy that was interrupted."""

    code = "archive_truncated"


class ArchiveBomb(ArchiveError):
    """It claims more than the limits allow: entries, index bytes, or content."""

    code = "archive_bomb"


class ArchiveEncrypted(ArchiveError):
    """Its index is encrypted, so that not even the names can be read."""

    code = "archive_encrypted"


class ArchiveUnsupported(ArchiveError):
    """An archive that is not supported: one volume of several, or one that needs too much memory to decompress."""

    code = "archive_unsupported"


class ArchiveTooSlow(ArchiveError):
    """Decompressing it takes longer than the limits allow."""

    code = "archive_too_slow"


class NotATar(ArchiveError):
    """The compressed file holds something other than a tar: a single picture, for example, or another archive."""

    code = "not_a_tar"


class EntryError(PhotochromError):
    """One entry cannot be read; its item fails with this code. The other entries can be read."""

    code = "corrupt_entry"


class CorruptEntry(EntryError):
    """Its data is too short, contradicts its headers, or does not match its checksum."""


class EncryptedEntry(EntryError):
    code = "encrypted"


class UnsupportedMethod(EntryError):
    """Neither stored nor deflated, or a sparse file."""

    code = "unsupported_method"


class EntryTooLarge(EntryError):
    code = "entry_too_large"


class EntryBomb(EntryError):
    """It claims a compression ratio that no picture has."""

    code = "entry_bomb"
