"""Three gateways and three reconcilers at once, one of each is killed: the others go on, and nothing is done twice."""

import random
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace

import httpx
import pytest

from tests.faults import archives
from tests.faults.checker import check
from tests.faults.client import RetryingClient
from tests.faults.failpoints import AFTER, HOLD, KILL, Failpoint
from tests.faults.stage import BULK, CHUNK_ITEMS, GATEWAY, RECONCILER, Stage
from tests.faults.stories import PATIENCE_SECONDS
from tests.faults.trace import END
from tests.fixtures.ports import free_port
from tests.fixtures.stack import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]

POLL_SECONDS = 0.1


@dataclass
class Poller:
    """Asks one gateway after the other about a job, and goes on to the next one if there is no response."""

    urls: list[str]
    # The states that were read, and the gateways that did not respond, in order.
    states: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def poll(self, job: str, ended: threading.Event) -> None:
        turn = 0
        with httpx.Client(trust_env=False, timeout=10) as http:
            while not ended.wait(POLL_SECONDS):
                turn += 1
                for url in (*self.urls[turn % 3 :], *self.urls[: turn % 3]):
                    try:
                        answer = http.get(f"{url}/v1/jobs/{job}")
                    except httpx.TransportError:
                        self.failures.append(url)
                        continue
                    assert answer.status_code == 200, answer.text
                    self.states.append(answer.json()["state"])
                    break


@contextmanager
def polling(urls: list[str], job: str) -> Iterator[Poller]:
    poller, ended = Poller(urls), threading.Event()
    thread = threading.Thread(target=poller.poll, args=(job, ended))
    thread.start()
    try:
        yield poller
    finally:
        ended.set()
        thread.join()


def test_one_of_three_gateways_and_reconcilers_is_killed(stage: Stage, rng: random.Random) -> None:
    """The gateway between inserting a job and answering; the reconciler when all three release a lease.

    Meanwhile the messages are lost and a worker dies, so that all three reconcilers have the same work to do.
    """
    ports = {name: free_port() for name in ("gateway-2", "gateway-3")}
    gateways = [replace(GATEWAY, name=name, environment={"PHOTOCHROM_PORT": str(port)}) for name, port in ports.items()]
    reconcilers = [replace(RECONCILER, name=f"reconciler-{number}") for number in (2, 3)]
    urls = [str(stage.client.http.base_url).removesuffix("/v1/"), *(f"http://127.0.0.1:{p}" for p in ports.values())]
    archive, picture = archives.photographs(4 * CHUNK_ITEMS, rng), archives.single_photograph(rng)
    with ExitStack() as stack:
        stage.processes.start(gateways[0], reconcilers[0])
        stack.enter_context(stage.beside(gateways[1], reconcilers[1]))
        second, third = (stack.enter_context(closing(RetryingClient(url, stage.ledger))) for url in urls[1:])
        dying = stage.arm(Failpoint("bulk", "ChunkLeases.record", AFTER, KILL, nth=2, tag=archive.tag))
        released = stage.arm(Failpoint("reconciler-2", "ChunkLeases.release_expired", AFTER, HOLD, tag=archive.tag))
        inserted = stage.arm(Failpoint("gateway-2", "JobStore.insert", AFTER, HOLD, tag=picture.tag))

        job = third.submit(archive)
        stage.watcher.watch(job)
        poller = stack.enter_context(polling(urls, job))
        unanswered = stage.in_background(lambda: second.send(picture))
        stage.wait_until_fired(inserted)
        stage.processes.end("gateway-2", signal.SIGKILL)
        assert unanswered.result(30) is None
        single = third.submit(picture)  # With the same Idempotency-Key.
        stage.watcher.watch(single)
        stage.processes.wait_until_replaced(BULK.name, stage.wait_until_fired(dying))
        stage.redis.flushdb()
        wait_until(lambda: stage.armory.fired(released) or has_expired(stage, job), PATIENCE_SECONDS)
        stage.processes.end("reconciler-2", signal.SIGKILL)

        for each in (job, single):
            third.wait_until_over(each, PATIENCE_SECONDS)

    assert poller.states[-1] in ("running", "succeeded")
    assert set(poller.failures) <= {urls[1]}, "a gateway that was not killed did not respond"
    assert len(poller.states) > 10
    for submission in (archive, picture):
        check(stage, submission.tag)
    assert has_expired(stage, job)
    for chunk in stage.documents(job)["chunks"]:
        # Each lease after the first one replaced an expired one, which was counted once.
        assert chunk["expiries"] == leases_granted(stage, job, chunk["no"]) - 1


def has_expired(stage: Stage, job: str) -> bool:
    return any(chunk["expiries"] for chunk in stage.documents(job)["chunks"])


def leases_granted(stage: Stage, job: str, no: int) -> int:
    claims = [call for call in stage.trace.of(job) if (call.method, call.phase) == ("ChunkLeases.claim", END)]
    return sum(call.words[1] == no and bool(call.answer) for call in claims)
