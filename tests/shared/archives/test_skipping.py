"""Entries are skipped by their names; one with an unknown extension is not."""

import pytest

from shared.archives.skipping import skip_by_name


@pytest.mark.parametrize(
    ("name", "skip"),
    [
        ("a.jpg", None),
        ("scans/1912/a.TIF", None),
        ("no extension", None),
        ("scan.1912", None),
        ("raw.cr2", None),
        ("./a.jpg", None),
        ("../a.jpg", None),
        ("__MACOSX/scans/._a.jpg", "system_file"),
        ("scans/._a.jpg", "system_file"),
        ("scans/.DS_Store", "system_file"),
        ("scans\\Thumbs.db", "system_file"),
        (".thumbnails/a.jpg", "hidden_file"),
        ("scans/.a.jpg", "hidden_file"),
        ("more.zip", "nested_archive"),
        ("more.TAR.GZ", "nested_archive"),
        ("readme.txt", "not_an_image"),
        ("film.MP4", "not_an_image"),
        ("folder/", None),
        ("/", "directory"),
        ("", "directory"),
        ("Family/@eaDir/1931.jpg/SYNOPHOTO_THUMB_XL.jpg", "system_file"),
        ("Family/1931.jpg@SynoEAStream", "system_file"),
        ("Family/#recycle/old.jpg", "system_file"),
        ("Family/.@__thumb/default1931.jpg", "system_file"),
        ("Family/@Recycle/old2.jpg", "system_file"),
        ("$RECYCLE.BIN/S-1-5-21/$RAB12CD.jpg", "system_file"),
        ("System Volume Information/IndexerVolumeGuid", "system_file"),
        ("Family/iPod Photo Cache/T1.jpg", "system_file"),
        ("disk/.Trashes/501/a.jpg", "system_file"),
        ("disk/.Trash-1000/files/a.jpg", "system_file"),
        ("disk/.Spotlight-V100/store.db", "system_file"),
        ("lost+found/#123", "system_file"),
        ("scans/.AppleDouble/a.jpg", "system_file"),
        ("scans/~$list.docx", "system_file"),
        ("thumbs.db:encryptable", "system_file"),
        ("a.jpg:Zone.Identifier", "system_file"),
        ("a.jpg:stream", None),
        ("aerial/r1.JGW", "not_an_image"),
        ("aerial/r1.tif.aux.xml", "not_an_image"),
        ("aerial/r1.tif.ovr", "not_an_image"),
        ("scanner.icc", "not_an_image"),
        ("IMG_1.NEF.nksc", "not_an_image"),
        ("x.dng.xmp", "not_an_image"),
        ("tracks/a.kmz", "not_an_image"),
        ("ZbThumbnail.info", "not_an_image"),
        ("SHA256SUMS", "not_an_image"),
        ("README", "not_an_image"),
        ("LICENSE", "not_an_image"),
        ("readme.jpg", None),
        ("README/a.jpg", None),
        ("recycle/a.jpg", None),
        ("~/a.jpg", None),
    ],
)
def test_an_entry_is_skipped_by_its_name(name: str, skip: str | None) -> None:
    assert skip_by_name(name) == skip


@pytest.mark.parametrize(
    ("name", "size", "skip"),
    [
        ("film.cr2", 44, "not_an_image"),
        ("cover.PSB", 6, "not_an_image"),
        ("film.cr2", 0, None),
        ("film.cr2", 20_000_000, None),
        ("a.jpg", 44, None),
    ],
)
def test_a_stub_with_the_name_of_a_large_format_is_skipped(name: str, size: int, skip: str | None) -> None:
    assert skip_by_name(name, size) == skip
