"""What can be wrong with an archive as a whole, and with one entry of it. The codes are stable: clients read them."""

from shared.errors import PhotochromError


class ArchiveError(PhotochromError):
    """The archive as a whole cannot be used; the job fails with this code."""

    code = "archive_corrupt"


class ArchiveCorrupt(ArchiveError):
    """Its index contradicts itself or the file that it lies in."""


class ArchiveTruncated(ArchiveError):
    """It ends before its own structure does: usually an upload or a copy that broke off."""

    code = "archive_truncated"


class ArchiveBomb(ArchiveError):
    """It claims more than the limits allow: entries, index bytes, or content."""

    code = "archive_bomb"


class ArchiveEncrypted(ArchiveError):
    """Its index is encrypted, so not even the names can be read."""

    code = "archive_encrypted"


class ArchiveUnsupported(ArchiveError):
    """A kind of archive that is not read: one volume of several, or one that takes too much memory to decompress."""

    code = "archive_unsupported"


class ArchiveTooSlow(ArchiveError):
    """Decompressing it takes longer than the limits allow."""

    code = "archive_too_slow"


class NotATar(ArchiveError):
    """What was compressed is no tar: a single picture, say, or an archive within an archive."""

    code = "not_a_tar"


class EntryError(PhotochromError):
    """One entry cannot be read; the others can. Its item fails with this code."""

    code = "corrupt_entry"


class CorruptEntry(EntryError):
    """Its data is short, contradicts its headers, or has another checksum."""


class EncryptedEntry(EntryError):
    code = "encrypted"


class UnsupportedMethod(EntryError):
    """Compressed or laid out in a way that is not read: neither stored nor deflated, or a sparse file."""

    code = "unsupported_method"


class EntryTooLarge(EntryError):
    code = "entry_too_large"


class EntryBomb(EntryError):
    """It claims to expand beyond any picture's ratio."""

    code = "entry_bomb"
