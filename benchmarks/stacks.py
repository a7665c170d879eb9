"""A whole stack whose workers have a colorizer of `tests/zoo`, so that what is measured is the service around it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from photochrom import Client, Job

from tests.fixtures.stack import RunningStack, stack_running, wait_until

# Those whose memory must not depend on how many items a job has.
TORCH_FREE = ("gateway", "worker-ingest", "reconciler")
# Those in which documents and objects lie, and that are not ours.
SERVERS = ("mongo", "bucket", "redis")


@contextmanager
def stub_stack(home: Path, zoo: str = "stub", **environment: str) -> Iterator[RunningStack]:
    """`zoo`: the module of `tests/zoo` that makes the colorizer."""
    stub = {"PHOTOCHROM_WORKER__COLORIZER": f"tests.zoo.{zoo}:load", "PHOTOCHROM_WORKER__DEVICE": "cpu"}
    with stack_running(home, **stub, **environment) as stack:
        yield stack


def pids(stack: RunningStack, *names: str) -> dict[str, int]:
    running = stack.processes
    return {name: running[name].pid for name in names or running}


def wait_for_pictures(client: Client, job: Job, succeeded: int, seconds: float = 120.0) -> None:
    """Until so many pictures of a job are done."""
    wait_until(lambda: client.job(job).counts.succeeded >= succeeded, seconds)
