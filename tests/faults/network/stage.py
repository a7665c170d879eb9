"""A stage whose processes reach each server through a proxy, and jobs that run while there is a fault."""

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

# From the end of a fault until all processes work again. The remaining work takes additional time.
RECOVERY_SECONDS = 3 * LEASE_SECONDS
SETTINGS = {
    # Scaled down from production like the leases.
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
    # How long a picture takes on this machine, undisturbed.
    picture_seconds: float

    @contextmanager
    def killed(self, server: str) -> Iterator[None]:
        """Kill `redis`, `mongo` or `bucket`, and restart it at the end of the block."""
        self.stage.servers.kill(server)
        try:
            yield
        finally:
            self.stage.servers.start(server)


class Proxies:
    """The proxies, which cannot start before the servers' ports are known."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    def start(self, servers: Servers) -> dict[str, str]:
        """Returns the addresses at which the processes reach the servers."""
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
        proxies = Proxies(stack)
        stage = stack.enter_context(stage_running(folder, through=proxies.start, **SETTINGS))
        start = time.monotonic()
        stage.learn()
        pace = (time.monotonic() - start) / PHOTOGRAPHS
        yield Network(stage, proxies.redis, proxies.mongo, proxies.storage, pace)


@dataclass
class Work:
    """The job of each submission, by its tag."""

    jobs: dict[str, str] = field(default_factory=dict)
    pictures: int = 0

    def submit(self, stage: Stage, submission: Submission) -> None:
        """Returns when the job is acknowledged."""
        self.jobs[submission.tag] = stage.submit(submission, seconds=60)
        self.pictures += len(submission.entries)

    def wait_until_over(self, network: Network, calm: float, seconds: float = RECOVERY_SECONDS) -> None:
        """Wait for all jobs. Processes must work again `seconds` after `calm`, the time when the fault ended."""
        deadline = calm + seconds + 2 * network.picture_seconds * self.pictures
        for job in self.jobs.values():
            network.stage.client.wait_until_over(job, deadline - time.monotonic())

    def check(self, network: Network) -> None:
        for tag in self.jobs:
            check(network.stage, tag)
            # An unavailable server is reported as such, not as an internal error.
            assert network.stage.ledger.events("answered", tag=tag, status=500) == []


@contextmanager
def under_way(network: Network, rng: random.Random, *, seconds: float = RECOVERY_SECONDS) -> Iterator[Work]:
    """Jobs are running when the block is entered, and a retrying client submits more during it.

    Afterwards all jobs must end, given `seconds` until all processes work again, and keep every promise.
    """
    stage, work, is_over = network.stage, Work(), threading.Event()
    for submission in (photographs(24, rng), mixture(12, rng)):
        work.submit(stage, submission)
    with ThreadPoolExecutor(1) as thread:
        submissions = thread.submit(_submit_until, is_over, stage, work, rng)
        try:
            yield work
        finally:
            calm = time.monotonic()
            is_over.set()
    submissions.result()
    work.wait_until_over(network, calm, seconds)
    work.check(network)


def _submit_until(is_over: threading.Event, stage: Stage, work: Work, rng: random.Random) -> None:
    while not is_over.wait(0.5):
        work.submit(stage, photographs(6, rng) if len(work.jobs) % 2 else single_photograph(rng))
