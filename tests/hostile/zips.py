"""Malicious and unusual zips, a function for each."""

import stat
import zipfile
from collections.abc import Iterable

from tests.hostile.attacks import GOOD, Attacks
from tests.hostile.names import CLIMBED, CLIMBING, COLLIDING, SLIPPED, UNREADABLE, WINDOWS
from tests.shared.archives.making import Forged, forge_zip, make_zip

ZIPS = Attacks()


def with_good(*entries: Forged) -> bytes:
    return forge_zip([*entries, Forged(b"good.jpg", GOOD)])


def called(names: Iterable[bytes]) -> bytes:
    """Good pictures with bad names."""
    return forge_zip(Forged(name, GOOD) for name in names)


@ZIPS.answered(*CLIMBED)
def zip_names_that_climb_out() -> bytes:
    return called(CLIMBING)


@ZIPS.answered(*["succeeded"] * len(WINDOWS))
def zip_names_special_on_windows() -> bytes:
    return called(WINDOWS)


@ZIPS.answered(*["succeeded"] * len(COLLIDING))
def zip_names_that_collide() -> bytes:
    return called(COLLIDING)


@ZIPS.answered(*["succeeded"] * len(UNREADABLE))
def zip_names_that_are_hard_to_print() -> bytes:
    return called(UNREADABLE)


@ZIPS.answered("succeeded", "skipped not_an_image", "succeeded")
def zip_names_with_a_zero_byte() -> bytes:
    """`zipfile` truncates the name there: one reader sees `a.jpg`, another `a.jpg\\0.exe`."""
    return called([SLIPPED + b".exe\0.jpg", SLIPPED + b".jpg\0.exe", b"good.jpg"])


@ZIPS.answered("skipped directory", "skipped directory", "skipped directory", "succeeded", "succeeded")
def zip_names_of_nothing_but_separators() -> bytes:
    """CVE-2024-8088: `zipfile.Path` looped forever on such names."""
    return called([b"/" * 50_000, b"", b"../..", b"a//" * 300 + b"a.jpg", b"good.jpg"])


@ZIPS.answered("succeeded", "succeeded")
def zip_name_of_64_kilobytes() -> bytes:
    return called([b"a" * 65_535, b"good.jpg"])


@ZIPS.answered("skipped link", "skipped special_file", "skipped special_file", "skipped directory", "succeeded")
def zip_links_and_devices() -> bytes:
    """A link has a Unix mode, as Info-ZIP stores it, and its target as its content."""
    kinds = [(stat.S_IFLNK, b"/etc/passwd"), (stat.S_IFIFO, b""), (stat.S_IFBLK, b""), (stat.S_IFDIR, b"")]
    return with_good(
        *[Forged(b"%d.jpg" % n, to, attributes=(kind | 0o777) << 16) for n, (kind, to) in enumerate(kinds)]
    )


@ZIPS.answered("failed unsupported_format", "succeeded")
def zip_in_a_zip_named_like_a_picture() -> bytes:
    return with_good(Forged(b"a.jpg", make_zip([("b.jpg", GOOD)])))


@ZIPS.answered(*["failed corrupt_entry"] * 6, "succeeded")
def zip_wrong_sizes_and_checksums() -> bytes:
    size, method = len(GOOD), 8
    return with_good(
        Forged(b"stored-too-small.jpg", GOOD, length=size - 1, size=size - 1),
        Forged(b"stored-unequal.jpg", GOOD, size=size - 1),
        Forged(b"deflated-too-small.jpg", GOOD, method=method, size=size - 1),
        Forged(b"deflated-too-large.jpg", GOOD, method=method, size=size + 1),
        Forged(b"stored-checksum.jpg", GOOD, crc=1),
        Forged(b"deflated-checksum.jpg", GOOD, method=method, crc=1),
    )


@ZIPS.answered(*["failed corrupt_entry"] * 5, "succeeded")
def zip_entries_at_wrong_offsets_or_with_other_headers() -> bytes:
    return with_good(
        Forged(b"beyond.jpg", GOOD, offset=1 << 30),
        Forged(b"inside-another.jpg", GOOD, offset=7),
        Forged(b"other-method.jpg", GOOD, local_method=8),
        Forged(b"other-size.jpg", GOOD, local_size=7),
        Forged(b"no-deflate-at-all.jpg", GOOD, data=GOOD, method=8),
    )


@ZIPS.answered("succeeded", "succeeded")
def zip_names_that_differ_in_local_headers() -> bytes:
    """The central directory's names count. In local headers, only the method and the sizes are checked."""
    return with_good(Forged(b"a.jpg", GOOD)).replace(b"a.jpg", b"b.exe", 1)


@ZIPS.answered(*["failed encrypted"] * 3, *["failed unsupported_method"] * 7, "succeeded")
def zip_entries_encrypted_or_with_unsupported_methods() -> bytes:
    """ZipCrypto, strong encryption, AES (method 99); then shrink, Deflate64, BZIP2, LZMA, Zstandard, XZ, PPMd."""
    encrypted = [Forged(b"a.jpg", GOOD, flags=flags, method=method) for flags, method in ((1, 0), (0x41, 0), (1, 99))]
    return with_good(*encrypted, *[Forged(b"a.jpg", GOOD, method=method) for method in (1, 9, 12, 14, 93, 95, 98)])


@ZIPS.answered("job archive_encrypted")
def zip_with_an_encrypted_directory() -> bytes:
    return forge_zip([Forged(b"", flags=0x2001)])


class _Pipe(bytearray):
    """Not seekable, so that `zipfile` writes the sizes behind the data."""

    def write(self, data: bytes) -> int:
        self.extend(data)
        return len(data)

    def flush(self) -> None:
        pass


@ZIPS.answered("succeeded", "succeeded")
def streamed_zip() -> bytes:
    """Data descriptors: the sizes and the checksum in the local headers are zero."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        archive.writestr("a.jpg", GOOD)
        archive.writestr("b.jpg", GOOD)
    return bytes(pipe)


@ZIPS.answered(*["failed empty_file"] * 3, "succeeded")
def zip_of_empty_files() -> bytes:
    return with_good(Forged(b"a.jpg"), Forged(b"b"), Forged(b"c.png", method=8))
