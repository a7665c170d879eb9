"""A stack whose metrics are watched, for all tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from photochrom import Client, Job

from tests.fixtures.ports import free_port
from tests.fixtures.stack import RunningStack, stack_running
from tests.zoo.pictures import scans

# In the order of their ports.
PROCESSES = ("gateway", "worker-ingest", "worker-interactive", "worker-bulk", "reconciler")


@pytest.fixture(scope="package")
def port() -> int:
    """The first of five successive free ports, given out one after the other."""
    ports = [free_port() for _ in PROCESSES]
    while ports[-1] - ports[0] != len(PROCESSES) - 1:
        ports = [*ports[1:], free_port()]
    return ports[0]


@pytest.fixture(scope="package")
def watched(tmp_path_factory: pytest.TempPathFactory, real_servers: None, port: int) -> Iterator[RunningStack]:
    """A stack that has colorized three pictures."""
    folder = tmp_path_factory.mktemp("watched")
    settings = {"PHOTOCHROM_METRICS__PORT": str(port), "PHOTOCHROM_RECONCILE__SURVEY_SECONDS": "0.5"}
    with stack_running(folder / "home", **settings) as stack:
        job = colorized(stack, folder / "scans.zip", scans(3))
        assert job.state == "succeeded"
        yield stack


def colorized(stack: RunningStack, archive: Path, content: bytes) -> Job:
    archive.write_bytes(content)
    with Client(stack.url) as client:
        return client.wait(client.submit(archive), timeout=90)
