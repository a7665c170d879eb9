"""Results are written while the job runs, in whatever order they finish."""

import pytest

from tests.client.fake_gateway import FakeItem
from tests.client.fake_handler import refuse


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr("photochrom.results.following.SHORTEST_LOOK_SECONDS", 0)
    monkeypatch.setattr("photochrom.jobs.watch.SHORTEST_POLL_SECONDS", 0)


@pytest.fixture
def job(client, gateway, monkeypatch):
    """Five results that finish in this order, read in pages of two."""
    monkeypatch.setattr("photochrom.results.following.ITEMS_PER_PAGE", "2")
    gateway.outcome = [FakeItem(f"{number}.jpg", b"%d" % number) for number in range(5)]
    gateway.order = [1, 0, 2, 4, 3]
    gateway.polls = 6
    return client.submit(b"x", filename="scans.zip")


def test_every_result_is_written_before_the_job_ends(client, job, tmp_path):
    written_at = {}

    def fetched(fetched):
        written_at[fetched.result.member] = len(list(tmp_path.iterdir()))

    ended, done = client.wait_and_download(job, tmp_path, on_fetched=fetched)

    assert ended.state == "succeeded"
    assert (done.written, done.kept, done.left_out) == (5, 0, ())
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {f"{n}.jpg": b"%d" % n for n in range(5)}
    # Page by page: 4 finishes before 3, and is found without waiting for it.
    assert list(written_at.values()) == [1, 2, 3, 4, 5]


def test_each_result_is_downloaded_once(client, gateway, job, tmp_path):
    client.wait_and_download(job, tmp_path)

    downloads = [request for request in gateway.requests if request.endswith("/result")]
    assert sorted(downloads) == [f"GET /v1/jobs/job_01/items/{number}/result" for number in range(5)]


def test_finished_pages_are_not_read_again(client, gateway, job, tmp_path):
    gateway.order = [0, 1, 2, 3, 4]

    client.wait_and_download(job, tmp_path)

    pages = [request for request in gateway.requests if request.endswith("/items")]
    assert len(pages) < 3 * 6


def test_a_failure_of_the_service_while_the_job_runs_ends_nothing(client, gateway, job, tmp_path):
    client._transport._patience = 0

    def fail_next(latest):
        if latest.counts.succeeded == 2:
            gateway.faults.append(refuse(503, "storage_unavailable", "Later."))

    _, done = client.wait_and_download(job, tmp_path, on_progress=fail_next)

    assert done.written == 5


def test_a_job_that_has_ended_is_downloaded_completely(client, gateway, job, tmp_path):
    gateway.jobs[job.id].move("succeeded")

    _, done = client.wait_and_download(job, tmp_path)

    assert done.written == 5


def test_variants_are_downloaded_together(client, gateway, tmp_path):
    gateway.order = [0]
    gateway.polls = 2

    _, done = client.wait_and_download(client.submit(b"x", variants=3), tmp_path)

    assert (done.written, done.kept) == (3, 0)
