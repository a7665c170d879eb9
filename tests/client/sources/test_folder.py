"""A folder is sent as a tar that tarfile reads back as the same files."""

import io
import os
import tarfile
from pathlib import Path

import pytest
from photochrom import SourceError
from photochrom.sources.folder import stream_tar, tar_length

from tests.fixtures.memory import with_peak

LONG = "n" * 150


@pytest.fixture
def folder(tmp_path):
    contents = {
        "b.jpg": b"b" * 1000,
        "a/ü – old.png": b"a" * 512,
        f"a/{LONG}/{LONG}.tif": b"long",
        "z/empty": b"",
    }
    for name, content in contents.items():
        path = tmp_path / "scans" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "scans", contents


def read_back(tar: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(tar), mode="r:") as archive:
        return {member.name: archive.extractfile(member).read() for member in archive}


def test_a_folder_arrives_as_its_files(client, gateway, folder):
    root, contents = folder

    client.submit(root)

    [upload] = gateway.uploads
    assert read_back(upload.body) == contents
    assert upload.query == {"filename": "scans"}
    assert upload.headers["Transfer-Encoding"] == "chunked"


def test_the_tar_is_sorted_repeatable_and_as_long_as_computed(folder):
    root, contents = folder

    first, second = b"".join(stream_tar(root)), b"".join(stream_tar(root))

    assert first == second
    assert len(first) == tar_length(root)
    assert len(first) % tarfile.RECORDSIZE == 0
    assert list(read_back(first)) == sorted(contents)


def test_headers_reveal_nothing_of_this_machine(folder):
    root, _ = folder

    with tarfile.open(fileobj=io.BytesIO(b"".join(stream_tar(root)))) as archive:
        owners = {(member.uid, member.gid, member.uname, member.gname, member.mode) for member in archive}

    assert owners == {(0, 0, "", "", 0o644)}


def test_links_and_special_files_are_left_out(folder, tmp_path):
    root, contents = folder
    (tmp_path / "secret").write_bytes(b"secret")
    (root / "out").symlink_to(tmp_path / "secret")
    (root / "loop").symlink_to(root, target_is_directory=True)
    os.mkfifo(root / "pipe")

    assert read_back(b"".join(stream_tar(root))) == contents


def test_a_name_that_is_not_utf_8_survives(tmp_path):
    name = os.fsdecode(b"caf\xe9.jpg")
    (tmp_path / name).write_bytes(b"x")

    with tarfile.open(fileobj=io.BytesIO(b"".join(stream_tar(tmp_path)))) as archive:
        assert archive.getnames() == [name]


def test_an_empty_folder_is_refused(client, gateway, tmp_path):
    with pytest.raises(SourceError, match="no files"):
        client.submit(tmp_path)

    assert gateway.requests == []


def test_a_file_that_shrinks_during_the_upload_stops_it(folder):
    root, _ = folder
    blocks = stream_tar(root)
    next(blocks)
    (root / "a" / LONG / f"{LONG}.tif").write_bytes(b"")

    with pytest.raises(SourceError, match="became shorter"):
        list(blocks)


def test_a_large_file_takes_the_memory_of_a_block_or_two(tmp_path):
    with (tmp_path / "large").open("wb") as file:
        file.truncate(64 * 1024 * 1024)

    length, peak = with_peak(streamed_length, tmp_path)

    assert length == tar_length(tmp_path)
    assert peak < 4 * 1024 * 1024


def streamed_length(root: Path) -> int:
    return sum(len(block) for block in stream_tar(root))
