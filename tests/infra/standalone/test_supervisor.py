"""The supervisor on real processes: small scripts that start fast."""

import os
import signal
from pathlib import Path

import pytest

from infra.standalone.checks import log_contains
from infra.standalone.errors import StackError
from infra.standalone.lifeline import Lifeline
from infra.standalone.service import OnExit, Service
from infra.standalone.supervisor import StopRequested, Supervisor
from tests.infra.standalone.dummy_stack import dummy, is_running, wait_until

FAILS = "import sys; print('no space left'); sys.exit(3)"
SHORT_OF_SPACE = """
import sys, time
name, events = sys.argv[1:]
with open(events, "a+") as file:
    file.write(f"started {name}\\n")
    file.seek(0)
    starts = file.read().count("started")
print("ready", flush=True)
time.sleep({1: 0.5, 2: 0, 3: 60}[starts])
sys.exit({1: 14, 2: 1}[starts])
"""
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"
PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(60)"])
print("ready", child.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def lifeline():
    with Lifeline() as lifeline:
        yield lifeline


@pytest.fixture
def supervise(tmp_path, lifeline):
    def make(*stages):
        return Supervisor(stages, logs=tmp_path, lifeline=lifeline, report=reports.append)

    reports: list[str] = []
    make.reports = reports
    return make


@pytest.fixture
def events(tmp_path) -> Path:
    return tmp_path / "events"


def test_stages_start_in_order_and_stop_in_reverse(supervise, events):
    with supervise([dummy("redis", events)], [dummy("gateway", events)], [dummy("worker", events)]) as supervisor:
        supervisor.start()

    assert events.read_text().splitlines() == [
        "started redis",
        "started gateway",
        "started worker",
        "stopped worker",
        "stopped gateway",
        "stopped redis",
    ]


def test_the_next_stage_waits_for_a_one_shot_to_succeed(supervise, events):
    migrations = dummy("migrations", events, OnExit.ONCE, script="import time; time.sleep(0.3)")

    with supervise([migrations], [dummy("gateway", events)]) as supervisor:
        supervisor.start()

        assert list(supervisor.children) == ["gateway"]


def test_a_failed_one_shot_aborts_the_start_with_its_name_and_last_lines(supervise, events):
    stages = [dummy("redis", events)], [dummy("migrations", events, OnExit.ONCE, script=FAILS)]

    with supervise(*stages) as supervisor, pytest.raises(StackError, match="no space left") as failure:
        supervisor.start()

    assert str(failure.value).startswith("migrations exited with code 3.")
    assert events.read_text().splitlines() == ["started redis", "stopped redis"]


def test_a_service_that_never_becomes_ready_is_reported(supervise, events):
    mute = dummy("mongo", events, script="import time; time.sleep(60)", start_seconds=0.3)

    with supervise([mute]) as supervisor, pytest.raises(StackError, match="mongo was not ready after"):
        supervisor.start()


def test_a_missing_command_is_reported(supervise):
    missing = Service(name="redis", command=("/no/such/redis-server",))

    with supervise([missing]) as supervisor, pytest.raises(StackError, match="Cannot start redis"):
        supervisor.start()


def test_a_killed_server_ends_the_watch_with_its_name(supervise, events):
    with supervise([dummy("redis", events), dummy("mongo", events)]) as supervisor:
        supervisor.start()
        os.kill(supervisor.children["mongo"].pid, signal.SIGKILL)

        with pytest.raises(StackError, match=r"^mongo was killed by SIGKILL"):
            supervisor.watch()


def test_a_worker_that_exits_is_restarted_and_reported(supervise, events):
    with supervise([dummy("redis", events)], [dummy("worker", events, OnExit.RESTART)]) as supervisor:
        supervisor.start()
        first = supervisor.children["worker"].pid
        os.kill(first, signal.SIGKILL)
        supervisor.watch(until=lambda: events.read_text().count("started worker") == 2)

        assert supervisor.children["worker"].pid != first
    assert any(report.startswith("worker was killed by SIGKILL; restarting") for report in supervise.reports)
    assert events.read_text().splitlines()[-2:] == ["stopped worker", "stopped redis"]


def test_an_essential_service_that_lacked_space_is_restarted_until_it_runs(supervise, events):
    with supervise([dummy("mongo", events, script=SHORT_OF_SPACE, restart_codes=frozenset({14}))]) as supervisor:
        supervisor.start()
        supervisor.watch(until=lambda: events.read_text().count("started mongo") == 3)

    restarts = [report for report in supervise.reports if "restarting" in report]
    assert [report.partition(";")[0] for report in restarts] == [
        "mongo exited with code 14",
        "mongo exited with code 1",
    ]


def test_a_worker_that_never_starts_aborts_the_start(supervise, events):
    broken = dummy("worker", events, OnExit.RESTART, script=FAILS)

    with supervise([broken]) as supervisor, pytest.raises(StackError, match=r"^worker exited with code 3"):
        supervisor.start()


def test_a_service_that_exceeds_its_grace_period_is_killed_and_reported(supervise, events):
    with supervise([dummy("mongo", events, script=DEAF, grace_seconds=0.2)]) as supervisor:
        supervisor.start()
        pid = supervisor.children["mongo"].pid

    assert not is_running(pid)
    assert supervise.reports[-1] == "mongo did not stop within 0.2 s and was killed."


def test_a_second_stop_request_kills_at_once(supervise, events):
    with supervise([dummy("mongo", events, script=DEAF, grace_seconds=60)]) as supervisor:
        supervisor.start()
        pid = supervisor.children["mongo"].pid
        supervisor.request_stop()
        supervisor.request_stop()

    assert not is_running(pid)


def test_a_stop_request_aborts_the_start(supervise, events):
    with supervise([dummy("redis", events)], [dummy("gateway", events)]) as supervisor:
        supervisor.request_stop()

        with pytest.raises(StopRequested):
            supervisor.start()

        assert list(supervisor.children) == ["redis"]
    assert supervisor.children["redis"].exit_code() is not None


def test_the_children_of_a_killed_service_are_killed_too(supervise, events, tmp_path):
    with supervise([dummy("worker", events, OnExit.RESTART, script=PARENT)]) as supervisor:
        supervisor.start()
        grandchild = int((tmp_path / "worker.log").read_text().split()[1])
        os.kill(supervisor.children["worker"].pid, signal.SIGKILL)
        supervisor.watch(until=lambda: bool(supervise.reports[1:]))

        wait_until(lambda: not is_running(grandchild))


def test_a_killed_lifeline_stops_the_stack(supervise, events, lifeline):
    with supervise([dummy("redis", events)]) as supervisor:
        supervisor.start()
        os.kill(lifeline.pid, signal.SIGKILL)

        with pytest.raises(StackError, match="lifeline"):
            supervisor.watch()

    assert events.read_text().splitlines() == ["started redis", "stopped redis"]


def test_a_called_service_returns_its_exit_code(supervise, events):
    with supervise([dummy("redis", events)]) as supervisor:
        supervisor.start()

        assert supervisor.call(dummy("examples", events, script="import sys; sys.exit(2)")) == 2


def test_a_called_service_is_stopped_by_its_condition(supervise, events):
    with supervise() as supervisor:
        code = supervisor.call(dummy("worker", events), unless=events.exists)

    assert code is None
    assert events.read_text().splitlines() == ["started worker", "stopped worker"]


def test_the_log_of_the_previous_start_is_kept(supervise, events, tmp_path):
    for words in ("first", "second"):
        with supervise([dummy("mongo", events, OnExit.ONCE, script=f"print('{words}')")]) as supervisor:
            supervisor.start()

    assert (tmp_path / "mongo.log").read_text() == "second\n"
    assert (tmp_path / "mongo.log.1").read_text() == "first\n"


def test_a_log_contains_an_event_only_once_it_is_written(tmp_path):
    log = tmp_path / "worker.log"

    assert not log_contains("ready")(log)
    log.write_text("2026 [info] ready process=bulk\n")
    assert log_contains("ready")(log)
