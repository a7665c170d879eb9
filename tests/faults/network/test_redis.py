"""The queue is killed, emptied, cut off, full: work goes on by what the store says, and nothing is lost."""

import random
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.faults.network.stage import Network, under_way

pytestmark = pytest.mark.faults

# A frozen link is noticed after the socket's 5 s, and looked into every 5 s.
THAW_SECONDS = 15.0


@pytest.mark.parametrize("seconds", [0.3, pytest.param(3.0, marks=pytest.mark.slow)])
def test_a_killed_queue_costs_no_picture(network: Network, rng: random.Random, seconds: float) -> None:
    with under_way(network, rng), network.killed("redis"):
        time.sleep(seconds)


@pytest.mark.parametrize("seconds", [0.3, pytest.param(3.0, marks=pytest.mark.slow)])
def test_a_queue_that_comes_back_empty_costs_no_picture(network: Network, rng: random.Random, seconds: float) -> None:
    with under_way(network, rng), network.killed("redis"):
        data = network.stage.folder / "home" / "redis"
        shutil.rmtree(data)
        data.mkdir()
        time.sleep(seconds)


def test_a_queue_that_is_emptied_all_the_time_costs_no_picture(network: Network, rng: random.Random) -> None:
    with under_way(network, rng):
        for _ in range(20):
            network.stage.redis.flushall()
            time.sleep(0.2)


def test_links_that_fall_silent_are_noticed(network: Network, rng: random.Random) -> None:
    with under_way(network, rng, seconds=THAW_SECONDS):
        assert network.redis.freeze_links() > 3


@pytest.mark.slow
def test_a_queue_that_is_full_costs_no_picture(network: Network, rng: random.Random) -> None:
    with under_way(network, rng), configured(network, "maxmemory", "1"):
        time.sleep(3)


@pytest.mark.slow
def test_a_queue_without_a_connection_to_spare_costs_no_picture(network: Network, rng: random.Random) -> None:
    with under_way(network, rng), configured(network, "maxclients", "1"):
        with network.redis.refusing():
            pass  # So that everybody has to connect again.
        time.sleep(3)
        assert int(network.stage.redis.info("stats")["rejected_connections"]) > 0


@contextmanager
def configured(network: Network, name: str, value: str) -> Iterator[None]:
    redis = network.stage.redis
    before = redis.config_get(name)[name]
    redis.config_set(name, value)
    try:
        yield
    finally:
        redis.config_set(name, before)
