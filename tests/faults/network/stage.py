"""A stage whose processes reach each server through a proxy, and jobs to be under way while it goes wrong."""

import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from infra.standalone.servers import BUCKET_URL, MONGO_URL, REDIS_URL
from tests.faults.archives import PHOTOGRAPHS, Submission, mixture, photographs, single_photograph
from tests.faults.checker import check
from tests.faults.network.proxy import Proxy
from tests.faults.network.s3_proxy import S3Proxy
from tests.faults.servers import Servers
from tests.faults.stage import LEASE_SECONDS, Stage, stage_running

# From the end of a fault until everybody is at work again; what is left to do then takes its time besides.
RECOVERY_SECONDS = 3 * LEASE_SECONDS
SETTINGS = {
    # As much shorter than in production as the leases are.
    "PHOTOCHROM_MONGO__TIMEOUT_SECONDS": "1",
    "PHOTOCHROM_STORAGE__TIMEOUT_SECONDS": "3",
    "PHOTOCHROM_UPLOAD_PART_BYTES": "5MiB",
}


@dataclass
class Network:
    stage: Stage
    redis: Proxy
    mongo: Proxy
    storage: S3Proxy
    # What a picture takes here and now, undisturbed.
    picture_seconds: float

    @contextmanager
    def killed(self, server: str) -> Iterator[None]:
        """`redis`, `mongo` or `bucket` is away, and back when this is left."""
        self.stage.servers.kill(server)
        try:
            yield
        finally:
            self.stage.servers.start(server)


class Wires:
    """The proxies, which can only be made once the servers' ports are known."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    def lay(self, servers: Servers) -> dict[str, str]:
        """The addresses at which the processes find the servers."""
        self.redis = self._stack.enter_context(Proxy(port_of(servers, REDIS_URL)))
        self.mongo = self._stack.enter_context(Proxy(port_of(servers, MONGO_URL)))
        self.storage = self._stack.enter_context(S3Proxy(port_of(servers, BUCKET_URL)))
        return {
            REDIS_URL: at_port(servers.environment[REDIS_URL], self.redis.port),
            MONGO_URL: at_port(servers.environment[MONGO_URL], self.mongo.port),
            BUCKET_URL: self.storage.url,
        }


def port_of(servers: Servers, variable: str) -> int:
    port = urlsplit(servers.environment[variable]).port
    assert port is not None
    return port


def at_port(url: str, port: int) -> str:
    return url.replace(f":{urlsplit(url).port}", f":{port}")


@contextmanager
def network_running(folder: Path) -> Iterator[Network]:
    with ExitStack() as stack:
        wires = Wires(stack)
        stage = stack.enter_context(stage_running(folder, through=wires.lay, **SETTINGS))
        start = time.monotonic()
        stage.learn()
        pace = (time.monotonic() - start) / PHOTOGRAPHS
        yield Network(stage, wires.redis, wires.mongo, wires.storage, pace)


@dataclass
class Work:
    """What was submitted, by its tag, and the job that it became."""

    jobs: dict[str, str] = field(default_factory=dict)
    pictures: int = 0

    def submit(self, stage: Stage, submission: Submission) -> None:
        """Returns when it is acknowledged."""
        self.jobs[submission.tag] = stage.submit(submission, seconds=60)
        self.pictures += len(submission.entries)

    def ends(self, network: Network, calm: float, seconds: float = RECOVERY_SECONDS) -> None:
        """All of it: `seconds` after `calm` everybody is at work again."""
        deadline = calm + seconds + 2 * network.picture_seconds * self.pictures
        for job in self.jobs.values():
            network.stage.visitor.until_over(job, deadline - time.monotonic())

    def is_right(self, network: Network) -> None:
        for tag in self.jobs:
            check(network.stage, tag)
            # A server that is away is one that is away, not a defect of ours.
            assert network.stage.ledger.events("answered", tag=tag, status=500) == []


@contextmanager
def under_way(network: Network, rng: random.Random, *, seconds: float = RECOVERY_SECONDS) -> Iterator[Work]:
    """Jobs are at work when this is entered, and more are submitted inside, by a client that does not give up.

    `seconds` after it is left everybody is at work again, so that all of them end; and nothing about them is wrong.
    """
    stage, work, is_over = network.stage, Work(), threading.Event()
    for submission in (photographs(24, rng), mixture(12, rng)):
        work.submit(stage, submission)
    with ThreadPoolExecutor(1) as thread:
        visitor = thread.submit(_submit_until, is_over, stage, work, rng)
        try:
            yield work
        finally:
            calm = time.monotonic()
            is_over.set()
    visitor.result()
    work.ends(network, calm, seconds)
    work.is_right(network)


def _submit_until(is_over: threading.Event, stage: Stage, work: Work, rng: random.Random) -> None:
    while not is_over.wait(0.5):
        work.submit(stage, photographs(6, rng) if len(work.jobs) % 2 else single_photograph(rng))
