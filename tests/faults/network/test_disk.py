"""A full disk: the gateway says when to come again, workers wait, and all goes on when there is room."""

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


def test_without_room_in_the_bucket_work_waits(network: Network, rng: random.Random) -> None:
    with under_way(network, rng), full(network, "bucket"):
        time.sleep(4)


def test_without_room_in_the_bucket_a_submit_is_refused_for_now_and_leaves_nothing(
    network: Network, rng: random.Random
) -> None:
    stage, submission = network.stage, photographs(4, rng)
    jobs = stage.mongo["jobs"].count_documents({})
    keys = keys_of(network)

    with full(network, "bucket"):
        answer = stage.visitor.http.post("/jobs", content=submission.body)

    assert (answer.status_code, answer.json()["code"]) == (503, "storage_unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert stage.mongo["jobs"].count_documents({}) == jobs
    assert keys_of(network) == keys
    assert list((stage.folder / "home" / "bucket").glob(".photochrom-writing/*")) == []


def keys_of(network: Network) -> set[str]:
    pages = network.stage.s3.get_paginator("list_objects_v2").paginate(Bucket=network.stage.bucket)
    return {entry["Key"] for page in pages for entry in page.get("Contents", [])}


@pytest.mark.slow
def test_without_room_for_the_store_work_waits_until_it_is_started_again(network: Network, rng: random.Random) -> None:
    deaths = network.stage.processes.deaths.copy()
    with under_way(network, rng):
        with full(network, "mongo"):
            wait_until(lambda: network.stage.servers.exit_code("mongo"))
            time.sleep(3)
        network.stage.servers.start("mongo")

    assert network.stage.processes.deaths == deaths
