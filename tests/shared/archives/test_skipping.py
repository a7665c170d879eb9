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
    ],
)
def test_an_entry_is_skipped_by_its_name(name: str, skip: str | None) -> None:
    assert skip_by_name(name) == skip
