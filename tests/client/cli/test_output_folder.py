"""Writing results: found impossible before the upload, or with a way to resume after it."""

import errno

import pytest


@pytest.fixture
def scans(tmp_path):
    path = tmp_path / "scans.zip"
    path.write_bytes(b"PK")
    return path


@pytest.fixture
def blocked(tmp_path):
    """A path that cannot be a directory, for root as well."""
    (tmp_path / "file").write_bytes(b"")
    return tmp_path / "file" / "out"


def test_an_unusable_folder_is_found_before_the_upload(run, gateway, scans, blocked):
    ran = run("submit", scans, "--output", blocked)

    assert ran.exit_code == 2
    assert f"Cannot write {blocked}" in ran.stderr
    assert gateway.requests == []


@pytest.mark.parametrize("command", ["status", "retry", "download"])
def test_other_commands_look_before_they_ask_the_service(run, gateway, blocked, command):
    assert run(command, "job_01", "--output", blocked).exit_code == 2
    assert gateway.requests == []


def test_the_check_leaves_nothing_behind(run, gateway, scans, tmp_path):
    run("submit", scans, "--output", tmp_path / "out")

    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a"]


def test_if_writing_fails_later_the_job_and_the_way_to_resume_are_printed(run, scans, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("photochrom.results.download.Downloader._write", full)

    ran = run("submit", scans, "--output", tmp_path / "out")

    assert ran.exit_code == 2
    assert "photochrom: Cannot write" in ran.stderr
    assert "No space left on device" in ran.stderr
    assert ran.stderr.endswith(f"Resume with:\n  photochrom status job_01 --wait --output {tmp_path / 'out'}\n")
