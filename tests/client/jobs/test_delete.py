"""Deleting jobs: never without confirmation, and reported to everyone who waits for one."""

import json
import os
import pty
import threading

import pytest
from photochrom import JobDeleted, NotFound, WaitTimeout

from tests.client.fake_gateway import FakeItem
from tests.client.fake_handler import cut_after_dispatch, pass_through


@pytest.fixture
def job(client, gateway):
    """A job that keeps running."""
    gateway.polls = 1000
    return client.submit(b"x", filename="scans.zip")


@pytest.fixture
def answering(start):
    """Run the command at a terminal and type an answer. Returns its exit code, stdout and stderr."""

    def answering(typed: bytes, *words: str) -> tuple[int, str, str]:
        terminal, stdin = pty.openpty()
        try:
            process = start(*words, stdin=stdin)
            os.write(terminal, typed)
            out, err = process.communicate(timeout=20)
        finally:
            os.close(terminal)
            os.close(stdin)
        return process.returncode, out, err

    return answering


def test_a_deleted_job_is_deleting_and_then_gone(client, gateway, job):
    assert client.delete(job).state == "deleting"
    assert client.delete(job.id).state == "deleting"

    gateway.polls = 3
    client.wait_until_gone(job, timeout=10)

    with pytest.raises(NotFound):
        client.job(job)
    client.wait_until_gone(job.id, timeout=10)


def test_a_deletion_whose_response_was_lost_is_retried(client, gateway, job):
    gateway.faults.append(cut_after_dispatch)

    assert client.delete(job).state == "deleting"


def test_waiting_too_long_for_a_deletion_raises(client, job):
    client.delete(job)

    with pytest.raises(WaitTimeout, match="was not gone"):
        client.wait_until_gone(job, timeout=0.3)


def test_waiting_for_a_job_raises_when_it_is_deleted(client, gateway, job):
    raised = []

    def wait() -> None:
        with pytest.raises(JobDeleted, match=f"Job {job.id} is being deleted") as caught:
            client.wait(job)
        raised.append(caught.value)

    waiting = threading.Thread(target=wait)
    waiting.start()
    assert gateway.polled.wait(5)
    client.delete(job)
    waiting.join(10)

    assert [error.code for error in raised] == ["job_deleted"]


def test_a_known_job_that_is_gone_was_deleted_and_an_unknown_id_is_not_found(client, gateway, job):
    del gateway.jobs[job.id]

    with pytest.raises(JobDeleted, match=f"Job {job.id} was deleted"):
        client.wait(job)
    with pytest.raises(NotFound, match="There is no job") as unknown:
        client.wait(job.id)

    assert not isinstance(unknown.value, JobDeleted)


def test_a_download_fails_at_once_when_its_job_is_deleted(client, gateway, job, tmp_path):
    def delete_first(handler):
        gateway.jobs[job.id].move("deleting")
        handler.dispatch()

    gateway.jobs[job.id].items = [FakeItem(f"{n}.jpg", b"in color") for n in range(100)]
    gateway.faults += [pass_through, delete_first]

    with pytest.raises(JobDeleted):
        client.download(job, tmp_path)

    assert list(tmp_path.iterdir()) == []
    assert len(gateway.requests) < 20


def test_without_a_terminal_the_command_deletes_nothing_unless_yes_is_given(run, gateway, job):
    ran = run("delete", job.id)

    assert ran.exit_code == 2
    assert "--yes" in ran.stderr
    assert not any(request.startswith("DELETE") for request in gateway.requests)


def test_with_yes_the_command_deletes_at_once(run, gateway, job):
    ran = run("delete", job.id, "--yes")

    assert (ran.exit_code, ran.stderr) == (0, "")
    assert (
        ran.stdout == f"{job.id}  deleting             0 ok of 1                    2026-11-23 05:47 UTC  scans.zip\n"
    )
    assert gateway.jobs[job.id].state == "deleting"


def test_the_command_can_wait_until_nothing_is_left(run, gateway, job):
    gateway.polls = 2

    assert run("delete", job.id, "--yes", "--wait").exit_code == 0
    assert gateway.jobs == {}


def test_an_unknown_job_is_reported_and_the_others_are_deleted(run, gateway, job):
    ran = run("delete", "nope", job.id, "--yes", "--json")

    assert ran.exit_code == 3
    assert ran.stderr == "photochrom: nope: There is no job nope.\n"
    assert [job["state"] for job in json.loads(ran.stdout)["data"]] == ["deleting"]


@pytest.mark.parametrize("typed", [b"\n", b"n\n", b"no\n"])
def test_at_a_terminal_the_jobs_are_shown_and_kept_unless_confirmed(answering, gateway, job, typed):
    code, out, err = answering(typed, "delete", job.id)

    assert (code, out) == (1, "")
    assert err.startswith(f"{job.id}  running ")
    assert err.endswith("Delete permanently, with sources and results? [y/N] Nothing was deleted.\n")
    assert gateway.jobs[job.id].state == "running"


def test_confirmed_jobs_are_deleted(answering, gateway, job):
    code, out, _ = answering(b"y\n", "delete", job.id)

    assert code == 0
    assert out.startswith(f"{job.id}  deleting ")
    assert gateway.jobs[job.id].state == "deleting"


def test_without_a_known_job_there_is_no_prompt(answering, gateway):
    assert answering(b"", "delete", "nope") == (3, "", "photochrom: nope: There is no job nope.\n")


def test_status_reports_a_deleted_job_in_one_sentence(run, client, job):
    client.delete(job)

    waiting, status = run("status", job.id, "--wait"), run("status", job.id)

    assert (waiting.exit_code, waiting.stderr) == (1, f"photochrom: Job {job.id} is being deleted.\n")
    assert (status.exit_code, status.stdout.splitlines()[1]) == (1, "state      deleting")
