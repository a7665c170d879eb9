"""MongoDB is killed, slow, silent, or unreachable for one worker: acknowledged jobs survive, nothing is done twice."""

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
def test_a_repeatedly_killed_database_keeps_what_it_acknowledged(network: Network, rng: random.Random) -> None:
    with under_way(network, rng):
        for seconds in (1.0, 2.0, 3.0):
            with network.killed("mongo"):
                time.sleep(seconds)
            time.sleep(1)


def test_a_write_with_a_lost_reply_counts_once(network: Network, rng: random.Random) -> None:
    def is_unlucky(piece: bytes) -> bool:
        return any(write in piece for write in WRITES) and rng.random() < 0.3

    lost_before = network.mongo.lost_replies
    with under_way(network, rng), network.mongo.losing_replies(is_unlucky):
        time.sleep(4)

    assert network.mongo.lost_replies > lost_before + 3


@pytest.mark.slow
def test_a_slow_database_only_slows_work_down(network: Network, rng: random.Random) -> None:
    with under_way(network, rng), network.mongo.delayed(to_server=0.2, to_client=0.2):
        time.sleep(5)


@pytest.mark.slow
def test_half_open_connections_to_the_database_are_detected(network: Network, rng: random.Random) -> None:
    with under_way(network, rng):
        assert network.mongo.freeze_links() > 5


@pytest.mark.slow
def test_a_worker_that_cannot_renew_its_lease_stores_nothing_after_it(network: Network, rng: random.Random) -> None:
    """Otherwise workers would retry storing their pictures for as long as object storage refuses them."""
    with (
        under_way(network, rng),
        network.storage.faulty(refuses(503, "SlowDown"), is_put) as active_fault,
        ExitStack() as partition,
    ):
        wait_until(lambda: active_fault.struck)
        partition.enter_context(network.mongo.partitioned())
        time.sleep(LEASE_SECONDS + 1)
        tried = len(active_fault.struck)
        time.sleep(6)
        assert len(active_fault.struck) == tried


def is_put(request: Request) -> bool:
    return request.method == "PUT"


@pytest.mark.slow
def test_a_worker_cut_off_from_the_database_is_replaced_and_its_late_writes_are_refused(
    network: Network, rng: random.Random
) -> None:
    stage, work = network.stage, Work()
    with Proxy(port_of(stage.servers, MONGO_URL)) as proxy, ExitStack() as partition:
        address = at_port(stage.servers.environment[MONGO_URL], proxy.port)
        cut_off = replace(BULK, name="cut-off", environment={MONGO_URL: address})
        with stage.beside(cut_off):
            with stage.without(BULK.name):
                work.submit(stage, photographs(24, rng))
                (job,) = work.jobs.values()
                wait_until(lambda: stage.client.job(job)["counts"]["succeeded"] > 0)
                partition.enter_context(proxy.partitioned())
            work.wait_until_over(network, time.monotonic())
            partition.close()
            time.sleep(2)
            work.check(network)
    claims = [call.process for call in stage.trace.of(job) if call.method == "ChunkLeases.claim"]
    assert {"cut-off", "bulk"} <= set(claims)
