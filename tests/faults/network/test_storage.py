"""Object storage refuses, stalls, breaks off, changes bytes: no picture pays for it, and no record is wrong."""

import random
import time
from collections.abc import Callable

import pytest

from tests.faults.archives import Entry, Submission, archive, photographs, single_photograph
from tests.faults.network.s3_proxy import (
    Fault,
    Request,
    answers_with_a_page,
    breaks_off,
    changes_bytes,
    cuts_short,
    loses_its_answer,
    refuses,
    stalls,
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
        (breaks_off, is_get),
        pytest.param(refuses(500, "InternalError"), every, marks=pytest.mark.slow),
        pytest.param(refuses(403, "RequestTimeTooSkewed"), every, marks=pytest.mark.slow),
        pytest.param(stalls, every, marks=pytest.mark.slow),
        pytest.param(cuts_short, is_get, marks=pytest.mark.slow),
        pytest.param(answers_with_a_page, every, marks=pytest.mark.slow),
        pytest.param(loses_its_answer, every, marks=pytest.mark.slow),
    ],
    ids=["slow down", "reset", "error", "skewed", "stall", "cut short", "page", "lost answer"],
)
def test_no_picture_pays_for_an_outage_of_object_storage(
    network: Network, rng: random.Random, fault: Fault, strikes: Strikes
) -> None:
    with under_way(network, rng), network.storage.troubled(fault, strikes) as trouble:
        time.sleep(4)

    assert len(trouble.struck) > 3


@pytest.mark.slow
def test_no_picture_pays_for_an_object_storage_that_fails_now_and_then(network: Network, rng: random.Random) -> None:
    faults = (refuses(500, "InternalError"), breaks_off, cuts_short, loses_its_answer, answers_with_a_page)

    def one_of_them(exchange: object) -> None:
        rng.choice(faults)(exchange)

    with under_way(network, rng), network.storage.troubled(one_of_them, lambda _: rng.random() < 0.3) as trouble:
        time.sleep(5)

    assert len(trouble.struck) > 10


@pytest.mark.slow
def test_an_object_storage_that_is_killed_costs_no_picture(network: Network, rng: random.Random) -> None:
    with under_way(network, rng), network.killed("bucket"):
        time.sleep(3)


class OnceEach:
    """Strikes every stretch of bytes once: who reads a part of it again, reads it undisturbed."""

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


def test_bytes_that_arrive_changed_are_noticed_and_read_again(network: Network, rng: random.Random) -> None:
    work = laid_out(network, photographs(12, rng), single_photograph(rng))

    with network.storage.troubled(changes_bytes, OnceEach()) as trouble:
        network.stage.processes.start(BULK, INTERACTIVE)
        work.ends(network, time.monotonic())

    work.is_right(network)
    assert len(trouble.struck) >= 4


def laid_out(network: Network, *submissions: Submission) -> Work:
    """Jobs that wait for workers, which were ended: every index was read."""
    work, stage = Work(), network.stage
    for worker in (BULK, INTERACTIVE):
        stage.processes.end(worker.name)
    for submission in submissions:
        work.submit(stage, submission)
    wait_until(lambda: all(stage.visitor.job(job)["items"] is not None for job in work.jobs.values()))
    return work


def test_a_source_that_cannot_be_found_fails_by_its_name_and_succeeds_when_it_is_tried_again(
    network: Network, rng: random.Random
) -> None:
    work, visitor = laid_out(network, photographs(12, rng)), network.stage.visitor
    (job,) = work.jobs.values()

    with network.storage.troubled(refuses(404, "NoSuchKey"), is_get):
        network.stage.processes.start(BULK, INTERACTIVE)
        work.ends(network, time.monotonic())
        codes = {item["error"]["code"] for item in visitor.items(job)}
    visitor.retry(job)
    work.ends(network, time.monotonic())

    assert codes == {"source_missing"}
    work.is_right(network)


@pytest.mark.parametrize("fault", [answers_with_a_page, loses_its_answer], ids=["page", "lost answer"])
def test_an_upload_is_acknowledged_when_it_is_there_and_not_before(
    network: Network, rng: random.Random, fault: Fault
) -> None:
    work = Work()
    with network.storage.troubled(fault, lambda request: request.is_completion, times=2) as trouble:
        work.submit(network.stage, of_several_parts(rng))

    work.ends(network, time.monotonic())
    work.is_right(network)
    assert len(trouble.struck) == 2


def of_several_parts(rng: random.Random) -> Submission:
    """An archive beyond what is stored in one request."""
    notes = Entry("notes.txt", rng.randbytes(6 * 1024**2), "skipped", "not_an_image")
    return archive(*photographs(4, rng).entries, notes)
