"""A full disk: the gateway refuses with Retry-After, workers wait, and work continues once there is space."""

import random
import time
from contextlib import AbstractContextManager

import pytest

from tests.faults.archives import photographs
from tests.faults.network.stage import Network, under_way
from tests.fixtures.disk import full_disk
from tests.fixtures.stack import wait_until

pytestmark = pytest.mark.faults


def full(network: Network, server: str) -> AbstractContextManager[None]:
    return full_disk(network.stage.servers.pid(server))


def test_work_waits_while_the_bucket_is_full(network: Network, rng: random.Random) -> None:
    with under_way(network, rng), full(network, "bucket"):
        time.sleep(4)


def test_while_the_bucket_is_full_a_submission_is_refused_and_leaves_nothing(
    network: Network, rng: random.Random
) -> None:
    stage, submission = network.stage, photographs(4, rng)
    jobs = stage.mongo["jobs"].count_documents({})
    keys = keys_of(network)

    with full(network, "bucket"):
        answer = stage.client.http.post("/jobs", content=submission.body)

    assert (answer.status_code, answer.json()["code"]) == (503, "storage_unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert stage.mongo["jobs"].count_documents({}) == jobs
    assert keys_of(network) == keys
    assert list((stage.folder / "home" / "bucket").glob(".photochrom-writing/*")) == []


def keys_of(network: Network) -> set[str]:
    pages = network.stage.s3.get_paginator("list_objects_v2").paginate(Bucket=network.stage.bucket)
    return {entry["Key"] for page in pages for entry in page.get("Contents", [])}


@pytest.mark.slow
def test_work_waits_until_a_full_database_is_restarted(network: Network, rng: random.Random) -> None:
    deaths = network.stage.processes.deaths.copy()
    with under_way(network, rng):
        with full(network, "mongo"):
            wait_until(lambda: network.stage.servers.exit_code("mongo"))
            time.sleep(3)
        network.stage.servers.start("mongo")

    assert network.stage.processes.deaths == deaths
