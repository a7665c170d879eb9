"""The whole stack with its real processes: it starts, restarts workers, and leaves nothing running."""

import urllib.request
from collections.abc import Iterator

import pytest

from tests.fixtures.stack import RunningStack, stack_running, wait_until
from tests.infra.standalone.dummy_stack import is_running

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, real_servers: None) -> Iterator[RunningStack]:
    with stack_running(tmp_path_factory.mktemp("stack") / "home") as stack:
        yield stack


def test_the_gateway_is_ready_when_the_stack_is(stack):
    with urllib.request.urlopen(f"{stack.url}/readyz", timeout=10) as response:
        assert response.status == 200


def test_the_state_lists_every_process(stack):
    assert set(stack.processes) == {
        "redis",
        "mongo",
        "bucket",
        "gateway",
        "worker-ingest",
        "worker-interactive",
        "worker-bulk",
        "reconciler",
    }


def test_a_killed_worker_is_restarted(stack):
    first = stack.processes["worker-ingest"].pid

    stack.kill("worker-ingest")
    wait_until(lambda: stack.logs("worker-ingest").count("worker.ready") == 2, 60, lambda: stack.logs("worker-ingest"))

    assert stack.processes["worker-ingest"].pid != first
    assert "worker-ingest was killed by SIGKILL; restarting" in stack.logs("stack")


@pytest.mark.usefixtures("real_servers")
@pytest.mark.slow
def test_the_crash_of_a_server_stops_everything_and_is_reported_by_name(tmp_path):
    with stack_running(tmp_path / "home") as stack:
        pids = [process.pid for process in stack.processes.values()]

        stack.kill("redis")
        exit_code = stack.supervisor.wait(timeout=60)

        assert exit_code == 1
        assert "redis was killed by SIGKILL. Last lines of" in stack.logs("stack")
        assert not any(is_running(pid) for pid in pids)
