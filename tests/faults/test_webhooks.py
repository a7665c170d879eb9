"""Whatever is killed, the end of every job reaches its webhook, under one id."""

import random
from collections.abc import Iterator

import pytest
from pymongo import MongoClient

from tests.faults import archives
from tests.faults.checker import check
from tests.faults.failpoints import AFTER, BEFORE, KILL, Failpoint
from tests.faults.stage import ORDINARY, RECONCILER, Stage, stage_running
from tests.faults.stories import PATIENCE_SECONDS
from tests.fixtures.ports import free_port
from tests.fixtures.receiver import Received, receiving
from tests.fixtures.stack import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]

# A lease on an attempt outlives its timeout by 5 s, and the first retry comes after at most 12.5 s.
ARRIVAL_SECONDS = 40.0


@pytest.fixture(scope="module")
def port(real_servers: None) -> int:
    return free_port()


@pytest.fixture(scope="module")
def reporting_stage(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Stage]:
    """Every job's end is reported to the port, where nothing listens until a test does."""
    settings = {
        "PHOTOCHROM_DEFAULT_WEBHOOK": f"http://127.0.0.1:{port}/",
        "PHOTOCHROM_WEBHOOKS__HOSTS": '["127.0.0.1"]',
        "PHOTOCHROM_WEBHOOKS__TIMEOUT_SECONDS": "2",
    }
    with stage_running(tmp_path_factory.mktemp("webhooks"), **settings) as stage:
        stage.learn()
        yield stage


def secret_of(stage: Stage) -> str:
    """Of the service. Read anew: the stage's own connection does not survive the database."""
    with MongoClient(stage.environment["PHOTOCHROM_MONGO__URL"]) as client:
        database = client[stage.environment["PHOTOCHROM_MONGO__DATABASE"]]
        return str(database["secrets"].find_one({"_id": "webhooks of *"})["current"])  # type: ignore[index]


def of(job: str, received: list[Received]) -> list[Received]:
    return [request for request in received if job.removeprefix("job_") in request.id]


def test_a_restart_of_everything_loses_no_delivery(reporting_stage: Stage, port: int, rng: random.Random) -> None:
    """One job has ended but is not even noticed, the message of the other has been refused once."""
    stage, refused, unnoticed = reporting_stage, archives.single_photograph(rng), archives.six_mixed(rng)
    first = stage.submit(refused)
    stage.client.wait_until_over(first, PATIENCE_SECONDS)
    wait_until(lambda: (stage.mongo["deliveries"].find_one({"job": first}) or {}).get("attempts"), ARRIVAL_SECONDS)
    stage.processes.end(RECONCILER.name)
    second = stage.submit(unnoticed)
    stage.client.wait_until_over(second, PATIENCE_SECONDS)
    assert stage.mongo["jobs"].find_one({"_id": second})["outbox"]  # type: ignore[index]

    for program in ORDINARY:
        if program is not RECONCILER:
            stage.processes.end(program.name, 9)
    for server in ("redis", "mongo", "bucket"):
        stage.servers.kill(server)
    stage.servers.start()
    stage.processes.start(*ORDINARY)

    with receiving(port) as receiver:
        for job in (first, second):
            wait_until(lambda: of(job, receiver.received), ARRIVAL_SECONDS)  # noqa: B023
        secret = secret_of(stage)
        assert {request.verified(secret)["data"]["id"] for request in receiver.received} >= {first, second}
        for job in (first, second):
            assert len({request.id for request in of(job, receiver.received)}) == 1
    for submission in (refused, unnoticed):
        check(stage, submission.tag)


@pytest.mark.parametrize(
    ("method", "when"),
    [
        ("Outboxes.empty", BEFORE),
        ("DeliveryStore.record", AFTER),
        ("Outboxes.empty", AFTER),
        ("DeliveryStore.claim", AFTER),
        ("DeliveryStore.conclude", BEFORE),
        ("DeliveryStore.conclude", AFTER),
    ],
)
def test_a_killed_reconciler_loses_no_delivery_and_makes_no_second_one(
    reporting_stage: Stage, port: int, rng: random.Random, method: str, when: str
) -> None:
    stage, submission = reporting_stage, archives.single_photograph(rng)
    with receiving(port) as receiver:
        fatal = stage.arm(Failpoint(RECONCILER.name, method, when, KILL))
        job = stage.submit(submission)
        stage.processes.wait_until_replaced(RECONCILER.name, stage.wait_until_fired(fatal))

        def is_delivered() -> bool:
            document = stage.mongo["deliveries"].find_one({"job": job}) or {}
            return document.get("state") == "delivered"

        wait_until(is_delivered, ARRIVAL_SECONDS)
        messages = of(job, receiver.received)
        assert len({request.id for request in messages}) == 1
        # Twice only where the process died between the response and its record.
        assert len(messages) == (2 if (method, when) == ("DeliveryStore.conclude", BEFORE) else 1)
    assert stage.mongo["jobs"].find_one({"_id": job})["outbox"] == []  # type: ignore[index]
    check(stage, submission.tag)
