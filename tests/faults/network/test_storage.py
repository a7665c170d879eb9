"""Object storage refuses, stalls, disconnects, corrupts bytes: no picture fails because of it, no record is wrong."""

import random
import time
from collections.abc import Callable

import pytest

from tests.faults.archives import Entry, Submission, archive, photographs, single_photograph
from tests.faults.network.s3_proxy import (
    Fault,
    Request,
    corrupts_bytes,
    loses_response,
    refuses,
    resets_midway,
    returns_html,
    stalls,
    truncates,
)
from tests.faults.network.stage import Network, Work, under_way
from tests.faults.stage import BULK, INTERACTIVE
from tests.fixtures.stack import wait_until

pytestmark = pytest.mark.faults

Strikes = Callable[[Request], bool]


def every(_: Request) -> bool:
    return True


def is_get(request: Request) -> bool:
    return request.is_get


@pytest.mark.parametrize(
    ("fault", "strikes"),
    [
        (refuses(503, "SlowDown"), every),
        (resets_midway, is_get),
        pytest.param(refuses(500, "InternalError"), every, marks=pytest.mark.slow),
        pytest.param(refuses(403, "RequestTimeTooSkewed"), every, marks=pytest.mark.slow),
        pytest.param(stalls, every, marks=pytest.mark.slow),
        pytest.param(truncates, is_get, marks=pytest.mark.slow),
        pytest.param(returns_html, every, marks=pytest.mark.slow),
        pytest.param(loses_response, every, marks=pytest.mark.slow),
    ],
    ids=["slow down", "reset", "error", "skewed", "stall", "truncated", "html", "lost response"],
)
def test_an_outage_of_object_storage_costs_no_picture(
    network: Network, rng: random.Random, fault: Fault, strikes: Strikes
) -> None:
    with under_way(network, rng), network.storage.faulty(fault, strikes) as active_fault:
        time.sleep(4)

    assert len(active_fault.struck) > 3


@pytest.mark.slow
def test_intermittent_failures_of_object_storage_cost_no_picture(network: Network, rng: random.Random) -> None:
    faults = (refuses(500, "InternalError"), resets_midway, truncates, loses_response, returns_html)

    def one_of_them(exchange: object) -> None:
        rng.choice(faults)(exchange)

    with under_way(network, rng), network.storage.faulty(one_of_them, lambda _: rng.random() < 0.3) as active_fault:
        time.sleep(5)

    assert len(active_fault.struck) > 10


@pytest.mark.slow
def test_killing_object_storage_costs_no_picture(network: Network, rng: random.Random) -> None:
    with under_way(network, rng), network.killed("bucket"):
        time.sleep(3)


class OnceEach:
    """Matches every byte range once. A repeated read of a range, or of a part of it, is undisturbed."""

    def __init__(self) -> None:
        self._struck: list[tuple[str, int, int]] = []

    def __call__(self, request: Request) -> bool:
        if not request.is_get or request.span is None:
            return False
        first, last = request.span
        if any(path == request.path and begin <= first and last <= end for path, begin, end in self._struck):
            return False
        self._struck.append((request.path, first, last))
        return True


def test_corrupted_bytes_are_detected_and_read_again(network: Network, rng: random.Random) -> None:
    work = jobs_without_workers(network, photographs(12, rng), single_photograph(rng))

    with network.storage.faulty(corrupts_bytes, OnceEach()) as active_fault:
        network.stage.processes.start(BULK, INTERACTIVE)
        work.wait_until_over(network, time.monotonic())

    work.check(network)
    assert len(active_fault.struck) >= 4


def jobs_without_workers(network: Network, *submissions: Submission) -> Work:
    """Expanded jobs that wait for workers, all of which were ended."""
    work, stage = Work(), network.stage
    for worker in (BULK, INTERACTIVE):
        stage.processes.end(worker.name)
    for submission in submissions:
        work.submit(stage, submission)
    wait_until(lambda: all(stage.client.job(job)["items"] is not None for job in work.jobs.values()))
    return work


def test_a_missing_source_fails_with_its_code_and_succeeds_on_retry(network: Network, rng: random.Random) -> None:
    work, client = jobs_without_workers(network, photographs(12, rng)), network.stage.client
    (job,) = work.jobs.values()

    with network.storage.faulty(refuses(404, "NoSuchKey"), is_get):
        network.stage.processes.start(BULK, INTERACTIVE)
        work.wait_until_over(network, time.monotonic())
        codes = {item["error"]["code"] for item in client.items(job)}
    client.retry(job)
    work.wait_until_over(network, time.monotonic())

    assert codes == {"source_missing"}
    work.check(network)


@pytest.mark.parametrize("fault", [returns_html, loses_response], ids=["html", "lost response"])
def test_an_upload_is_acknowledged_only_once_it_is_stored(network: Network, rng: random.Random, fault: Fault) -> None:
    work = Work()
    with network.storage.faulty(fault, lambda request: request.is_completion, times=2) as active_fault:
        work.submit(network.stage, of_several_parts(rng))

    work.wait_until_over(network, time.monotonic())
    work.check(network)
    assert len(active_fault.struck) == 2


def of_several_parts(rng: random.Random) -> Submission:
    """An archive too large for a single PUT, so that it is stored in parts."""
    notes = Entry("notes.txt", rng.randbytes(6 * 1024**2), "skipped", "not_an_image")
    return archive(*photographs(4, rng).entries, notes)
