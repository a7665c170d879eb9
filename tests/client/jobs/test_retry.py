"""Another run of a job: started once whatever happens to the request, and followed like the first."""

import pytest
from photochrom import Conflict, JobDeleted, NotFound

from tests.client.fake_gateway import FakeItem
from tests.client.fake_handler import cut_after_dispatch, cut_at_once, pass_through, refuse


@pytest.fixture
def job(client, gateway):
    """A job with one failed picture."""
    gateway.outcome = [
        FakeItem("a.jpg", b"in color"),
        FakeItem("b.jpg", state="failed", error=("worker_lost", "Its worker ended.")),
    ]
    gateway.outcome_state = "partially_succeeded"
    return client.wait(client.submit(b"x"))


def posts(gateway) -> int:
    return sum(request.endswith("/retry") for request in gateway.requests)


def test_a_retry_starts_the_next_run_which_can_be_waited_for(client, gateway, job):
    gateway.polls = 5

    again = client.retry(job)

    assert (again.id, again.state, again.run) == (job.id, "queued", 2)
    assert client.wait(again).run == 2


@pytest.mark.parametrize("polls", [5, 1], ids=["it runs", "it has ended again"])
def test_a_lost_response_causes_neither_a_conflict_nor_a_third_run(client, gateway, job, polls):
    gateway.polls = polls
    gateway.faults += [pass_through, cut_after_dispatch]

    again = client.retry(job.id)

    assert again.run == gateway.jobs[job.id].run == 2
    assert posts(gateway) == 1


def test_a_request_that_arrives_after_the_check_causes_no_conflict_either(client, gateway, job):
    gateway.polls = 9

    def arrive_late(handler):
        gateway.jobs[job.id].retry()
        handler.dispatch()

    gateway.faults += [pass_through, cut_at_once, pass_through, arrive_late]

    assert client.retry(job).run == 2


def test_a_request_that_never_arrived_is_repeated(client, gateway, job):
    gateway.faults += [pass_through, cut_at_once, refuse(503, "store_unavailable", "Away.")]

    assert client.retry(job).run == 2


@pytest.mark.parametrize(
    ("state", "code"), [("running", "not_finished"), ("queued", "not_finished"), ("succeeded", "nothing_to_retry")]
)
def test_a_running_job_or_one_with_nothing_to_retry_is_refused(client, gateway, job, state, code):
    gateway.polls = 9
    gateway.jobs[job.id].state = state

    with pytest.raises(Conflict) as refused:
        client.retry(job)

    assert refused.value.code == code
    assert posts(gateway) == 1


def test_a_deleted_or_unknown_job_cannot_be_retried(client, gateway, job):
    gateway.polls = 9
    client.delete(job)

    with pytest.raises(JobDeleted, match="is being deleted"):
        client.retry(job)
    with pytest.raises(NotFound, match="There is no job nope"):
        client.retry("nope")


def test_the_command_prints_the_id_and_how_to_watch(run, job):
    ran = run("retry", job.id)

    assert (ran.exit_code, ran.stdout) == (0, f"{job.id}\n")
    assert ran.stderr == f"Watch it with: photochrom status {job.id} --wait\n"


def test_the_command_downloads_what_the_run_added(run, client, gateway, job, tmp_path):
    client.download(job, tmp_path)
    gateway.jobs[job.id].items[1] = FakeItem("b.jpg", b"in color at last")
    gateway.outcome_state, gateway.polls = "succeeded", 3

    ran = run("retry", job.id, "--output", tmp_path)

    assert ran.exit_code == 0
    assert ran.stdout.splitlines() == [
        f"job        {job.id}",
        "state      succeeded in run 2, after 10 s",
        "succeeded  2",
        "failed     0",
        "skipped    0",
        f"results    2 pictures in {tmp_path} (1 already present)",
    ]
    assert (tmp_path / "b.jpg").read_bytes() == b"in color at last"


def test_the_command_exits_with_3_if_there_is_nothing_to_retry(run, gateway, job):
    gateway.jobs[job.id].state = "succeeded"

    ran = run("retry", job.id, "--wait")

    assert (ran.exit_code, ran.stdout) == (3, "")
    assert ran.stderr == "photochrom: Every picture of the job succeeded.\n"
