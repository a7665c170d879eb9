"""`photochrom submit -`: input that is piped or redirected into the command."""

import os
import pty
import subprocess

import pytest

ARCHIVE = b"PK" + bytes(range(256)) * 4096


def test_a_pipe_is_streamed_and_has_no_file_name(gateway, start):
    process = start("submit", "-", stdin=subprocess.PIPE)
    process.stdin.buffer.write(ARCHIVE)
    out, err = process.communicate(timeout=20)

    assert (process.returncode, out) == (0, "job_01\n"), err
    [upload] = gateway.uploads
    assert upload.body == ARCHIVE
    assert upload.query == {}
    assert "Content-Length" not in upload.headers


def test_a_redirected_file_is_sent_with_its_length(gateway, start, tmp_path):
    (tmp_path / "scans.zip").write_bytes(ARCHIVE)
    with (tmp_path / "scans.zip").open("rb") as file:
        start("submit", "-", stdin=file.fileno()).communicate(timeout=20)

    [upload] = gateway.uploads
    assert (upload.body, upload.query) == (ARCHIVE, {})
    assert upload.headers["Content-Length"] == str(len(ARCHIVE))


@pytest.mark.parametrize("source", ["-", "scans.zip"])
def test_the_file_name_can_be_chosen(gateway, run, tmp_path, monkeypatch, source):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scans.zip").write_bytes(ARCHIVE)

    ran = run("submit", source, "--filename", "attic.zip", stdin=ARCHIVE)

    assert ran.exit_code == 0
    assert (gateway.uploads[0].body, gateway.uploads[0].query) == (ARCHIVE, {"filename": "attic.zip"})


def test_a_terminal_as_stdin_is_refused(gateway, start):
    terminal, stdin = pty.openpty()
    process = start("submit", "-", stdin=stdin)
    _, err = process.communicate(timeout=20)
    os.close(terminal)
    os.close(stdin)

    assert process.returncode == 2
    assert "nothing is piped or redirected to stdin." in err
    assert gateway.requests == []
