import os
import tarfile
from collections import Counter

import pytest

from training.data.files import source_files
from training.data.photographs import picture_files, read_files

PNG = b"\x89PNG\r\n\x1a\n and so on"
FILES = {
    "Album 3/a.JPG": PNG,
    "Album 3/ohne Endung": PNG,
    ".trash/b.png": PNG,
    "__MACOSX/c.png": PNG,
    "._a.png": PNG,
    "brief.doc": b"Dear Sir",
    "d.heic": b"\x00\x00\x00\x18ftypheic",
}
CONTENTS = {
    "Album 3/a.JPG": PNG,
    "Album 3/ohne Endung": PNG,
    ".trash/b.png": "hidden",
    "__MACOSX/c.png": "hidden",
    "._a.png": "hidden",
    "brief.doc": "other format",
    "d.heic": "other format",
}


@pytest.fixture
def archive(tmp_path):
    """A folder as people keep them: names without a suffix, files that systems leave behind, and other formats."""
    path = tmp_path / "Käthes Fotos"
    for name, content in FILES.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


def test_files_without_a_suffix_are_recognized_by_their_bytes_and_hidden_ones_skipped(archive):
    assert dict(source_files(archive)) == CONTENTS


def test_shards_are_read_like_folders(archive, tmp_path):
    with tarfile.open(tmp_path / "one.tar", "w") as shard:
        for name in FILES:
            shard.add(archive / name, f"./{name}")

    assert dict(source_files(tmp_path / "one.tar")) == {
        f"one.tar/./{name}": content for name, content in CONTENTS.items()
    }


def test_only_pictures_are_read_and_other_files_are_not_counted(archive):
    skipped = Counter()

    assert [name for name, _ in read_files(archive, skipped)] == ["Album 3/a.JPG", "Album 3/ohne Endung"]
    assert not skipped
    assert picture_files(archive) == [archive / "Album 3" / "a.JPG"]


@pytest.mark.parametrize("name", [b"two\nlines.png", b"K\xe4the.png"])
def test_a_name_that_no_list_could_hold_is_skipped(archive, name):
    (archive / os.fsdecode(name)).write_bytes(PNG)

    unlistable = [file for file in source_files(archive) if file[1] == "unlistable name"]

    assert len(unlistable) == 1
    assert unlistable[0][0].isascii()
    assert "\n" not in unlistable[0][0]


def test_a_broken_link_is_reported(archive):
    (archive / "gone.png").symlink_to(archive / "elsewhere.png")

    assert dict(source_files(archive))["gone.png"] == "not found"


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("empty", "holds neither pictures nor tar shards"),
        ("texts", "holds neither pictures nor tar shards"),
        ("absent", "does not exist"),
        ("Käthes Fotos/Album 3/a.JPG", r"is a single file\. Give a folder"),
    ],
)
def test_a_source_without_photographs_is_refused_with_the_reason(archive, tmp_path, place, why):
    (tmp_path / "empty").mkdir()
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "brief.doc").write_bytes(b"Dear Sir")

    with pytest.raises(FileNotFoundError, match=why):
        list(source_files(tmp_path / place))
