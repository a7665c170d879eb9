"""Zips with two end records, none, or a wrong one, and zips joined with other files. A function for each."""

import struct

from tests.hostile.attacks import GOOD, Attacks
from tests.shared.archives.making import Forged, forge_zip, make_zip

ZIP_ENDS = Attacks()


def with_zip64_end(
    content: bytes, entries: int = 1, size: int | None = None, locator: int | None = None, disks: int = 1
) -> bytes:
    """Add a zip64 end record to a zip with one entry. `locator` is the offset of the record in its locator."""
    begin = content.index(b"PK\x01\x02")
    end = content.rindex(b"PK\x05\x06")
    size = end - begin if size is None else size
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, entries, entries, size, begin)
    locator_record = struct.pack("<4sLQL", b"PK\x06\x07", 0, end if locator is None else locator, disks)
    return content[:end] + record + locator_record + content[end:]


SINGLE = forge_zip([Forged(b"good.jpg", GOOD)])


@ZIP_ENDS.answered("succeeded")
def zip64_without_need() -> bytes:
    return with_zip64_end(SINGLE)


@ZIP_ENDS.answered("succeeded")
def zip64_locator_that_points_elsewhere() -> bytes:
    """CVE-2025-8291: one reader follows the locator, another, like this one, takes the record right before it."""
    return with_zip64_end(SINGLE, locator=0)


@ZIP_ENDS.answered("job archive_corrupt")
def zip64_locator_without_a_record() -> bytes:
    return with_zip64_end(SINGLE).replace(b"PK\x06\x06", b"PK\0\0")


@ZIP_ENDS.answered("job archive_bomb")
def zip64_that_claims_2_to_the_64_entries() -> bytes:
    return with_zip64_end(SINGLE, entries=(1 << 64) - 1, size=(1 << 64) - 1)


@ZIP_ENDS.answered("job archive_corrupt")
def zip_that_claims_65535_entries_in_a_hundred_bytes() -> bytes:
    return forge_zip([Forged(b"a.jpg", GOOD)], count=0xFFFF)


@ZIP_ENDS.answered("job archive_unsupported")
def zip64_of_two_disks() -> bytes:
    return with_zip64_end(SINGLE, disks=2)


@ZIP_ENDS.answered("job archive_unsupported")
def zip_of_several_volumes() -> bytes:
    return SINGLE[:-18] + b"\1" + SINGLE[-17:]


@ZIP_ENDS.answered("succeeded")
def zip_that_was_split_and_joined() -> bytes:
    """APPNOTE 8.5.3: a marker before the first entry, which offsets do not include."""
    return b"PK\x07\x08" + SINGLE


@ZIP_ENDS.answered("succeeded")
def zip_behind_a_program() -> bytes:
    return b"MZ" + bytes(100_000) + SINGLE


@ZIP_ENDS.answered("refused unsupported_media")
def zip_behind_a_program_cut_off() -> bytes:
    return b"MZ" + bytes(100_000) + SINGLE[:-22]


@ZIP_ENDS.answered("succeeded")
def zip_behind_another() -> bytes:
    """Two end records: the last one counts, and the first archive is a prefix of its archive."""
    return forge_zip([Forged(b"a.jpg"), Forged(b"b.jpg")]) + SINGLE


@ZIP_ENDS.answered("succeeded")
def zip_comment_that_holds_an_end() -> bytes:
    fake = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 9, 9, 9, 9, 9)
    return make_zip([("good.jpg", GOOD)], comment=fake + b"not an end")


@ZIP_ENDS.answered("job empty_archive")
def zip_comment_that_ends_as_an_empty_zip() -> bytes:
    """Two archives in one file: readers that start at the end (`zipfile`, unzip) see the one in the comment."""
    return make_zip([("good.jpg", GOOD)], comment=make_zip([]))


@ZIP_ENDS.answered("succeeded")
def zip_with_trailing_bytes() -> bytes:
    return SINGLE + b"\r\n" * 30_000


@ZIP_ENDS.answered("job archive_truncated")
def zip_with_too_many_trailing_bytes() -> bytes:
    return SINGLE + bytes(100_000)


@ZIP_ENDS.answered("job archive_truncated")
def zip_cut_off() -> bytes:
    return SINGLE[: len(SINGLE) // 2]


@ZIP_ENDS.answered("job empty_archive")
def empty_zip() -> bytes:
    return make_zip([])


@ZIP_ENDS.answered("succeeded")
def picture_with_a_zip_behind_it() -> bytes:
    """A polyglot, as by corkami/mitra, that opens as either. Its beginning decides."""
    return GOOD + SINGLE


@ZIP_ENDS.answered("refused unsupported_media")
def pdf_with_a_zip_behind_it() -> bytes:
    return b"%PDF-1.7\n%%EOF\n" + SINGLE
