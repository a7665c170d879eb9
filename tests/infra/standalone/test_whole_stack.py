"""The whole stack with its real processes: it comes up, it heals, it leaves nothing behind."""

import urllib.request

import pytest

from tests.fixtures.stack import stack_running, wait_until
from tests.infra.standalone.dummy_stack import is_running

pytestmark = pytest.mark.system


def test_the_gateway_is_ready_when_the_stack_says_so(stack):
    with urllib.request.urlopen(f"{stack.url}/readyz", timeout=10) as answer:
        assert answer.status == 200


def test_every_process_is_known_by_name(stack):
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


def test_a_killed_worker_is_back_and_ready_to_work(stack):
    first = stack.processes["worker-ingest"].pid

    stack.kill("worker-ingest")
    wait_until(lambda: stack.logs("worker-ingest").count("worker.ready") == 2, 60, lambda: stack.logs("worker-ingest"))

    assert stack.processes["worker-ingest"].pid != first
    assert "worker-ingest was killed by SIGKILL; it is started again" in stack.logs("stack")


@pytest.mark.usefixtures("real_servers")
@pytest.mark.slow
def test_the_crash_of_a_server_stops_everything_and_is_reported_by_name(tmp_path):
    with stack_running(tmp_path / "home") as stack:
        pids = [process.pid for process in stack.processes.values()]

        stack.kill("redis")
        exit_code = stack.supervisor.wait(timeout=60)

        assert exit_code == 1
        assert "redis was killed by SIGKILL. Its last lines" in stack.logs("stack")
        assert not any(is_running(pid) for pid in pids)
