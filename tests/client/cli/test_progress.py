"""Rates and counts on a terminal: nothing that is not known yet, nothing that hides a failure."""

import pytest
from photochrom.cli.formatting import counts_by_state
from photochrom.cli.pace import Pace
from photochrom.responses import Job

from tests.client.fake_gateway import FakeItem

GOOD = FakeItem("a/good.jpg", b"good")
BAD = FakeItem("a/bad.jpg", state="failed", error=("decode_failed", "The file is cut off."))
JUNK = FakeItem("notes.txt", state="skipped", error=("not_an_image", "Not a picture."))


@pytest.fixture
def clock(monkeypatch):
    """Seconds, set by the test."""
    now = [100.0]
    monkeypatch.setattr("photochrom.cli.pace.time.monotonic", lambda: now[0])
    return now


@pytest.mark.parametrize("span", [0.0, 1e-6, 0.4, -0.1])
def test_there_is_no_rate_over_no_time(clock, span):
    pace = Pace()
    assert pace.rate(1_000_000) is None
    clock[0] += span

    assert pace.rate(1_000_000) is None


def test_a_rate_counts_from_the_first_measurement(clock):
    pace = Pace()
    pace.rate(1000)
    clock[0] += 2

    assert pace.rate(5000) == 2000


def test_counts_name_failures_and_skipped_items(client, gateway):
    gateway.outcome, gateway.outcome_state = [GOOD] * 9 + [BAD] * 6 + [JUNK] * 6, "partially_succeeded"
    job = client.submit(b"x", filename="scans.zip")

    assert counts_by_state(job) == "0 ok of 21"
    assert counts_by_state(client.wait(job)) == "9 ok, 6 failed, 6 skipped"


def test_a_job_without_items_has_no_counts_yet(client, gateway):
    job = client.submit(b"x", filename="scans.zip")

    assert counts_by_state(Job.from_json({**job.raw, "items": None})) == ""


def test_the_list_does_not_show_failures_as_finished(run, client, gateway):
    gateway.outcome, gateway.outcome_state = [GOOD, BAD], "partially_succeeded"
    client.wait(client.submit(b"x", filename="scans.zip"))

    ran = run("list")

    assert "1 ok, 1 failed" in ran.stdout
    assert "2/2" not in ran.stdout
