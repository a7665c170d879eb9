"""Malicious and unusual tars, a function for each."""

from collections.abc import Iterable

from tests.hostile.attacks import GOOD, Attacks, MiB
from tests.hostile.names import CLIMBED, CLIMBING, COLLIDING, SLIPPED, UNREADABLE, WINDOWS
from tests.shared.archives.making import END_OF_TAR, padded, tar_header

TARS = Attacks()


def member(name: bytes, content: bytes = GOOD, kind: bytes = b"0") -> bytes:
    return tar_header(name, size=b"%o" % len(content), kind=kind) + padded(content)


def tar_of(*members: bytes) -> bytes:
    return b"".join(members) + END_OF_TAR


def with_good(*members: bytes) -> bytes:
    """The attack, followed by an intact picture that it must not affect."""
    return tar_of(*members, member(b"good.jpg"))


def record(key: bytes, value: bytes) -> bytes:
    """A record of a PAX header. It begins with its length, which includes the length's digits."""
    rest = b" " + key + b"=" + value + b"\n"
    length = len(rest) + len(str(len(rest)))
    length = len(rest) + len(str(length))
    return b"%d" % length + rest


def pax(*records: tuple[bytes, bytes], kind: bytes = b"x") -> bytes:
    return member(b"pax", b"".join(record(*pair) for pair in records), kind)


def called(names: Iterable[bytes]) -> bytes:
    """Good pictures with bad names. PAX headers hold the names, which a plain header cannot."""
    return tar_of(*[pax((b"path", name)) + member(b"harmless.txt") for name in names])


@TARS.answered(*CLIMBED)
def tar_names_that_climb_out() -> bytes:
    return called(CLIMBING)


@TARS.answered(*["succeeded"] * len(WINDOWS))
def tar_names_special_on_windows() -> bytes:
    return called(WINDOWS)


@TARS.answered(*["succeeded"] * len(COLLIDING))
def tar_names_that_collide() -> bytes:
    return called(COLLIDING)


@TARS.answered(*["succeeded"] * len(UNREADABLE))
def tar_names_that_are_hard_to_print() -> bytes:
    return called(UNREADABLE)


@TARS.answered("succeeded", "succeeded", "succeeded")
def tar_names_of_every_kind_that_climb_out() -> bytes:
    """A short name, a GNU long name, and PAX with both: CVE-2025-13462 is about their precedence."""
    climbing = b"../../" + SLIPPED + b".jpg"
    long_name = member(b"././@LongLink", climbing + b"\0", b"L")
    return tar_of(
        member(climbing), long_name + member(b"a.jpg"), pax((b"path", climbing)) + long_name + member(b"a.jpg")
    )


@TARS.answered("succeeded", "succeeded")
def tar_name_of_a_megabyte() -> bytes:
    return with_good(member(b"././@LongLink", b"a/" * (MiB // 2 - 4) + b"a.jpg", b"L") + member(b"a.jpg"))


@TARS.answered(*["skipped link"] * 4, "succeeded")
def tar_links_that_lead_outside() -> bytes:
    """CVE-2025-4138, -4330, -4517, CVE-2026-11940, CVE-2026-82049: later members write through a link."""

    def link(name: bytes, kind: bytes, target: bytes) -> bytes:
        return pax((b"linkpath", target)) + tar_header(name, kind=kind)

    return with_good(
        link(b"folder", b"2", b"../../../../../../tmp"),
        link(b"folder/" + SLIPPED + b".jpg", b"2", b"/etc/passwd"),
        link(b"a.jpg", b"1", b"folder/" + SLIPPED + b".jpg"),
        link(b"b.jpg", b"1", b"../../etc/passwd"),
    )


@TARS.answered("skipped directory", "succeeded", "succeeded")
def tar_folder_outside() -> bytes:
    """CVE-2026-19672: `filter="data"` created the folder before it refused the file in it."""
    return with_good(tar_header(b"../" + SLIPPED + b"/", kind=b"5"), member(b"../" + SLIPPED + b"/a.jpg"))


@TARS.answered(*["skipped special_file"] * 4, "succeeded")
def tar_devices_and_pipes() -> bytes:
    return with_good(*[tar_header(b"%s.jpg" % kind, kind=kind) for kind in (b"3", b"4", b"6", b"V")])


@TARS.answered("failed unsupported_method", "failed unsupported_method", "succeeded")
def tar_sparse_files_of_a_terabyte() -> bytes:
    """Old GNU, with its map in the header, and PAX 1.0, with its map before the data."""
    old = bytearray(tar_header(b"old.jpg", kind=b"S"))
    old[386:410] = b"%011o\0%011o\0" % (1 << 32, 0)
    old[483:495] = b"\x80" + (1 << 40).to_bytes(11)
    old[148:156] = b" " * 8
    old[148:156] = b"%06o\0 " % sum(old)
    new = pax(
        (b"GNU.sparse.major", b"1"), (b"GNU.sparse.realsize", b"%d" % (1 << 40)), (b"GNU.sparse.name", b"new.jpg")
    )
    return with_good(bytes(old), new + member(b"new.jpg", b"1\n0\n512\n".ljust(512, b"\0")))


@TARS.answered("job archive_corrupt")
def tar_size_below_zero() -> bytes:
    """CVE-2025-8194: the reader seeked backwards and looped forever."""
    return with_good(tar_header(b"a.jpg", size=b"\xff" * 12))


@TARS.answered("job archive_corrupt")
def tar_pax_size_below_zero() -> bytes:
    return with_good(pax((b"size", b"-512")) + member(b"a.jpg"))


@TARS.answered("job archive_truncated")
def tar_size_of_exabytes() -> bytes:
    return with_good(tar_header(b"a.jpg", size=b"\x80" + (1 << 62).to_bytes(11)))


@TARS.answered("job archive_truncated")
def tar_pax_size_of_exabytes() -> bytes:
    return with_good(pax((b"size", b"9" * 20)) + member(b"a.jpg"))


@TARS.answered("job archive_bomb")
def tar_long_name_of_gigabytes() -> bytes:
    """A reader has to check the size before it reads the name."""
    return with_good(tar_header(b"././@LongLink", size=b"77777777777", kind=b"L") + member(b"a.jpg"))


@TARS.answered("job archive_corrupt")
def tar_pax_header_that_does_not_add_up() -> bytes:
    return with_good(member(b"pax", b"99999999999999999999 path=a\n", b"x") + member(b"a.jpg"))


@TARS.answered("succeeded")
def tar_pax_header_of_a_hundred_thousand_records() -> bytes:
    return with_good(pax(*[(b"k", b"")] * 100_000))


@TARS.answered("succeeded", "succeeded")
def tar_global_name_for_all() -> bytes:
    """A global PAX header applies to all following members."""
    return with_good(pax((b"path", b"../" + SLIPPED + b".jpg"), kind=b"g") + member(b"a.jpg"))


@TARS.answered("job archive_unsupported")
def tar_of_several_volumes() -> bytes:
    return with_good(tar_header(b"a.jpg", kind=b"M"))


@TARS.answered("job archive_corrupt")
def tar_header_with_a_wrong_checksum() -> bytes:
    return tar_of(member(b"good.jpg"), member(b"bad.jpg").replace(b"bad.jpg", b"bed.jpg"))


@TARS.answered("job archive_truncated")
def tar_cut_off() -> bytes:
    return with_good(member(b"a.jpg"))[:-2000]


@TARS.answered("job archive_truncated")
def tar_without_an_end() -> bytes:
    """CVE-2026-11972: `tarfile` in stream mode took exponential time to search for the end."""
    return member(b"good.jpg") * 2


@TARS.answered("succeeded")
def tar_with_half_an_end() -> bytes:
    """GNU tar also accepts a single block of zeros as the end."""
    return member(b"good.jpg") + bytes(512)


@TARS.answered("succeeded", "succeeded", "skipped trailing_data")
def tar_with_trailing_bytes() -> bytes:
    """Another tar behind the end marker is read, too, as by `tar -i`; anything else there is reported."""
    return tar_of(member(b"good.jpg")) + tar_of(member(b"behind.jpg")) + GOOD


@TARS.answered("skipped nested_archive", "failed unsupported_format", "succeeded")
def tar_of_tars() -> bytes:
    return with_good(member(b"a.tar", tar_of(member(b"b.jpg"))), member(b"c.jpg", tar_of(member(b"d.jpg"))))


@TARS.answered("refused unsupported_media")
def empty_tar() -> bytes:
    """Only zeros, without a signature by which a tar could be recognized."""
    return bytes(10_240)
