"""A whole stack with a stub colorizer of `tests/zoo`, to measure the service around it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from photochrom import Client, Job

from tests.fixtures.stack import RunningStack, stack_running, wait_until

# Their memory must not depend on the number of items of a job.
TORCH_FREE = ("gateway", "worker-ingest", "reconciler")
# Third-party servers, which store documents and objects.
SERVERS = ("mongo", "bucket", "redis")


@contextmanager
def stub_stack(home: Path, zoo: str = "stub", **environment: str) -> Iterator[RunningStack]:
    """`zoo` is the module of `tests/zoo` that loads the colorizer."""
    stub = {"PHOTOCHROM_WORKER__COLORIZER": f"tests.zoo.{zoo}:load", "PHOTOCHROM_WORKER__DEVICE": "cpu"}
    with stack_running(home, **stub, **environment) as stack:
        yield stack


def pids(stack: RunningStack, *names: str) -> dict[str, int]:
    running = stack.processes
    return {name: running[name].pid for name in names or running}


def wait_for_pictures(client: Client, job: Job, succeeded: int, seconds: float = 120.0) -> None:
    """Wait until this many pictures of a job have succeeded."""
    wait_until(lambda: client.job(job).counts.succeeded >= succeeded, seconds)
