"""Redis is killed, emptied, silent, full: work continues from the state in MongoDB, and nothing is lost."""

import random
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.faults.network.stage import Network, under_way

pytestmark = pytest.mark.faults

# A frozen link is detected after the socket timeout of 5 s, which is checked every 5 s.
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


def test_a_repeatedly_flushed_queue_costs_no_picture(network: Network, rng: random.Random) -> None:
    with under_way(network, rng):
        for _ in range(20):
            network.stage.redis.flushall()
            time.sleep(0.2)


def test_half_open_connections_are_detected(network: Network, rng: random.Random) -> None:
    with under_way(network, rng, seconds=THAW_SECONDS):
        assert network.redis.freeze_links() > 3


@pytest.mark.slow
def test_a_full_queue_costs_no_picture(network: Network, rng: random.Random) -> None:
    with under_way(network, rng), configured(network, "maxmemory", "1"):
        time.sleep(3)


@pytest.mark.slow
def test_a_queue_out_of_connections_costs_no_picture(network: Network, rng: random.Random) -> None:
    with under_way(network, rng), configured(network, "maxclients", "1"):
        with network.redis.refusing():
            pass  # Force all clients to reconnect.
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
