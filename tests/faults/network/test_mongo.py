"""The store is killed, slow, silent, cut off from one worker: what it has acknowledged holds, nothing is done twice."""

import random
import time
from contextlib import ExitStack
from dataclasses import replace

import pytest

from infra.standalone.servers import MONGO_URL
from tests.faults.archives import photographs
from tests.faults.network.proxy import Proxy
from tests.faults.network.s3_proxy import Request, refuses
from tests.faults.network.stage import Network, Work, at_port, port_of, under_way
from tests.faults.stage import BULK, LEASE_SECONDS
from tests.fixtures.stack import wait_until

pytestmark = pytest.mark.faults

WRITES = (b"\x02insert\0", b"\x02update\0", b"\x02delete\0")


@pytest.mark.slow
def test_a_store_that_is_killed_again_and_again_keeps_what_it_acknowledged(
    network: Network, rng: random.Random
) -> None:
    with under_way(network, rng):
        for seconds in (1.0, 2.0, 3.0):
            with network.killed("mongo"):
                time.sleep(seconds)
            time.sleep(1)


def test_a_write_whose_answer_is_lost_counts_once(network: Network, rng: random.Random) -> None:
    def is_unlucky(piece: bytes) -> bool:
        return any(write in piece for write in WRITES) and rng.random() < 0.3

    lost_before = network.mongo.lost_replies
    with under_way(network, rng), network.mongo.losing_replies(is_unlucky):
        time.sleep(4)

    assert network.mongo.lost_replies > lost_before + 3


@pytest.mark.slow
def test_a_slow_store_makes_work_slow_and_nothing_else(network: Network, rng: random.Random) -> None:
    with under_way(network, rng), network.mongo.delayed(to_server=0.2, to_client=0.2):
        time.sleep(5)


@pytest.mark.slow
def test_links_to_the_store_that_fall_silent_are_noticed(network: Network, rng: random.Random) -> None:
    with under_way(network, rng):
        assert network.mongo.freeze_links() > 5


@pytest.mark.slow
def test_who_can_renew_no_lease_stores_nothing_after_it(network: Network, rng: random.Random) -> None:
    """Each picture that waits to be stored would be tried for as long as object storage refuses it."""
    with (
        under_way(network, rng),
        network.storage.troubled(refuses(503, "SlowDown"), is_put) as trouble,
        ExitStack() as partition,
    ):
        wait_until(lambda: trouble.struck)
        partition.enter_context(network.mongo.partitioned())
        time.sleep(LEASE_SECONDS + 1)
        tried = len(trouble.struck)
        time.sleep(6)
        assert len(trouble.struck) == tried


def is_put(request: Request) -> bool:
    return request.method == "PUT"


@pytest.mark.slow
def test_a_worker_cut_off_from_the_store_alone_is_replaced_and_what_it_wrote_late_is_refused(
    network: Network, rng: random.Random
) -> None:
    stage, work = network.stage, Work()
    with Proxy(port_of(stage.servers, MONGO_URL)) as wire, ExitStack() as partition:
        address = at_port(stage.servers.environment[MONGO_URL], wire.port)
        cut_off = replace(BULK, name="cut-off", environment={MONGO_URL: address})
        with stage.beside(cut_off):
            with stage.without(BULK.name):
                work.submit(stage, photographs(24, rng))
                (job,) = work.jobs.values()
                wait_until(lambda: stage.visitor.job(job)["counts"]["succeeded"] > 0)
                partition.enter_context(wire.partitioned())
            work.ends(network, time.monotonic())
            partition.close()
            time.sleep(2)
            work.is_right(network)
    claims = [call.process for call in stage.trace.of(job) if call.method == "ChunkLeases.claim"]
    assert {"cut-off", "bulk"} <= set(claims)
