"""An interrupted upload is continued: parts that were sent are not sent again."""

import os
import signal
import threading
import time

import pytest
from photochrom import Client, ServiceUnreachable

from tests.client.fake_handler import cut_at_once, pass_through, refuse

CONTENT = bytes(range(55))
"""Six parts of the fake gateway."""


@pytest.fixture
def scans(tmp_path):
    path = tmp_path / "scans.zip"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def hasty(gateway):
    """A client that does not retry."""
    with Client(gateway.url, patience=0) as client:
        yield client


def parts_sent(gateway) -> list[str]:
    return [request.rpartition("/")[2] for request in gateway.requests if request.startswith("PUT ")]


@pytest.fixture
def broken_off(gateway, hasty, scans):
    """Two parts were sent when the connection broke."""
    gateway.faults += [pass_through, pass_through, pass_through, cut_at_once]
    with pytest.raises(ServiceUnreachable):
        hasty.upload_all([scans], resume=True)
    gateway.faults.clear()
    gateway.requests.clear()


def test_only_the_missing_parts_are_sent(gateway, hasty, scans, broken_off):
    (upload,) = hasty.upload_all([scans], resume=True)

    assert parts_sent(gateway) == ["3", "4", "5", "6"]
    assert list(gateway.files) == [upload.id]
    assert (gateway.files[upload.id].content, upload.state) == (CONTENT, "completed")


def test_progress_counts_what_was_sent_before(hasty, scans, broken_off):
    sent = []

    hasty.upload_all([scans], resume=True, on_progress=lambda done, total: sent.append((done, total)))

    assert sent[-1] == (55, 55)


def test_a_changed_file_is_sent_from_the_beginning(gateway, hasty, scans, broken_off):
    scans.write_bytes(CONTENT[::-1])
    os.utime(scans, ns=(1, 1))

    (upload,) = hasty.upload_all([scans], resume=True)

    assert parts_sent(gateway) == ["1", "2", "3", "4", "5", "6"]
    assert gateway.files[upload.id].content == CONTENT[::-1]


def test_an_upload_that_has_expired_is_begun_again(gateway, hasty, scans, broken_off):
    gateway.files.clear()

    hasty.upload_all([scans], resume=True)

    assert parts_sent(gateway) == ["1", "2", "3", "4", "5", "6"]


def test_a_complete_upload_is_not_continued_but_made_again(gateway, hasty, scans):
    (first,) = hasty.upload_all([scans], resume=True)
    (second,) = hasty.upload_all([scans], resume=True)

    assert first.id != second.id


def test_a_file_that_was_complete_before_another_failed_is_not_sent_again(gateway, hasty, scans, tmp_path, monkeypatch):
    monkeypatch.setattr("photochrom.submission.multipart.CONNECTIONS", 1)
    small = tmp_path / "a.jpg"
    small.write_bytes(b"picture")
    gateway.faults += [pass_through] * 3 + [cut_at_once]
    with pytest.raises(ServiceUnreachable):
        hasty.upload_all([small, scans], resume=True)
    gateway.requests.clear()

    uploads = hasty.upload_all([small, scans], resume=True)

    assert parts_sent(gateway) == ["1", "2", "3", "4", "5", "6"]
    assert [gateway.files[upload.id].content for upload in uploads] == [b"picture", CONTENT]


def test_parts_that_the_service_refuses_are_forgotten(gateway, hasty, scans, broken_off):
    gateway.faults += [pass_through] * 8 + [refuse(422, "invalid_parts", "A part is missing.")]
    with pytest.raises(Exception, match="A part is missing"):
        hasty.upload_all([scans], resume=True)
    gateway.faults.clear()
    gateway.requests.clear()

    hasty.upload_all([scans], resume=True)

    assert parts_sent(gateway) == ["1", "2", "3", "4", "5", "6"]


def test_without_resume_nothing_is_kept(gateway, hasty, scans, state_home):
    gateway.faults += [pass_through, pass_through, cut_at_once]
    with pytest.raises(ServiceUnreachable):
        hasty.upload_all([scans])

    assert gateway.files == {}
    assert list(state_home.iterdir()) == []


def test_a_folder_is_continued_as_well(gateway, hasty, tmp_path):
    folder = tmp_path / "scans"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(b"a")
    gateway.faults += [pass_through] * 5 + [cut_at_once]
    with pytest.raises(ServiceUnreachable):
        hasty.upload_all([folder], resume=True)
    gateway.requests.clear()

    hasty.upload_all([folder], resume=True)

    assert parts_sent(gateway)[0] not in {"1", "2"}


def test_the_command_continues_after_ctrl_c(gateway, start, scans):
    stalled, ended = threading.Event(), threading.Event()

    def stall(_handler):
        stalled.set()
        ended.wait(20)

    gateway.faults += [pass_through] * 3 + [stall]
    process = start("upload", "scans.zip")
    assert stalled.wait(20)
    process.send_signal(signal.SIGINT)
    time.sleep(0.2)
    ended.set()
    gateway.stop()
    _, err = process.communicate(timeout=40)
    assert process.returncode in {130, 3}
    assert "Upload the rest with the same command, within a day." in err
    gateway.start()
    gateway.requests.clear()

    again = start("upload", "scans.zip")

    out, _ = again.communicate(timeout=40)
    assert (again.returncode, out.strip()) == (0, next(iter(gateway.files)))
    assert parts_sent(gateway) == ["3", "4", "5", "6"]
