"""Deleting jobs: never without being asked to, and noticed by whoever waits for one."""

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
    """A job that goes on for as long as it is looked at."""
    gateway.polls = 1000
    return client.submit(b"x", filename="scans.zip")


@pytest.fixture
def answering(start):
    """The command at a terminal, with what is typed there; its exit code, stdout and stderr."""

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


def test_a_deletion_whose_answer_was_lost_is_asked_for_again(client, gateway, job):
    gateway.faults.append(cut_after_dispatch)

    assert client.delete(job).state == "deleting"


def test_waiting_too_long_for_it_to_be_gone_raises(client, job):
    client.delete(job)

    with pytest.raises(WaitTimeout, match="was not gone"):
        client.wait_until_gone(job, timeout=0.3)


def test_whoever_waits_for_the_end_hears_that_it_is_being_deleted(client, gateway, job):
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


def test_a_job_that_was_seen_and_is_gone_was_deleted_and_one_never_seen_is_not_known(client, gateway, job):
    del gateway.jobs[job.id]

    with pytest.raises(JobDeleted, match=f"Job {job.id} was deleted"):
        client.wait(job)
    with pytest.raises(NotFound, match="There is no job") as unknown:
        client.wait(job.id)

    assert not isinstance(unknown.value, JobDeleted)


def test_a_download_ends_with_the_job_and_not_picture_by_picture(client, gateway, job, tmp_path):
    def delete_first(handler):
        gateway.jobs[job.id].move("deleting")
        handler.dispatch()

    gateway.jobs[job.id].items = [FakeItem(f"{n}.jpg", b"in color") for n in range(100)]
    gateway.faults += [pass_through, delete_first]

    with pytest.raises(JobDeleted):
        client.download(job, tmp_path)

    assert list(tmp_path.iterdir()) == []
    assert len(gateway.requests) < 20


def test_without_a_terminal_the_command_deletes_nothing_unasked(run, gateway, job):
    ran = run("delete", job.id)

    assert ran.exit_code == 2
    assert "--yes" in ran.stderr
    assert not any(request.startswith("DELETE") for request in gateway.requests)


def test_with_yes_the_command_deletes_at_once(run, gateway, job):
    ran = run("delete", job.id, "--yes")

    assert (ran.exit_code, ran.stderr) == (0, "")
    assert ran.stdout == f"{job.id}  deleting                         0/1  2026-11-23 05:47 UTC  scans.zip\n"
    assert gateway.jobs[job.id].state == "deleting"


def test_the_command_may_wait_until_nothing_is_left(run, gateway, job):
    gateway.polls = 2

    assert run("delete", job.id, "--yes", "--wait").exit_code == 0
    assert gateway.jobs == {}


def test_a_job_that_is_not_known_is_named_and_does_not_save_the_others(run, gateway, job):
    ran = run("delete", "nope", job.id, "--yes", "--json")

    assert ran.exit_code == 3
    assert ran.stderr == "photochrom: nope: There is no job nope.\n"
    assert [each["state"] for each in json.loads(ran.stdout)["data"]] == ["deleting"]


@pytest.mark.parametrize("typed", [b"\n", b"n\n", b"no\n"])
def test_at_a_terminal_the_jobs_are_shown_and_kept_unless_that_is_confirmed(answering, gateway, job, typed):
    code, out, err = answering(typed, "delete", job.id)

    assert (code, out) == (1, "")
    assert err.startswith(f"{job.id}  running ")
    assert err.endswith("Delete for good, with sources and results? [y/N] Nothing was deleted.\n")
    assert gateway.jobs[job.id].state == "running"


def test_confirmed_they_are_deleted(answering, gateway, job):
    code, out, _ = answering(b"y\n", "delete", job.id)

    assert code == 0
    assert out.startswith(f"{job.id}  deleting ")
    assert gateway.jobs[job.id].state == "deleting"


def test_where_none_of_the_jobs_is_known_nothing_is_asked(answering, gateway):
    assert answering(b"", "delete", "nope") == (3, "", "photochrom: nope: There is no job nope.\n")


def test_the_command_that_waits_for_a_deleted_job_says_so_in_a_sentence(run, client, job):
    client.delete(job)

    waited, told = run("status", job.id, "--wait"), run("status", job.id)

    assert (waited.exit_code, waited.stderr) == (1, f"photochrom: Job {job.id} is being deleted.\n")
    assert (told.exit_code, told.stdout.splitlines()[1]) == (1, "state      deleting")
