"""A stack of small scripts instead of the real services. As a command: `infra.standalone` with that stack.

Each dummy writes `started NAME` and `stopped NAME` into the events file.
"""

import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from infra.standalone import __main__, commands, extra_workers
from infra.standalone.checks import log_contains
from infra.standalone.home import DataFolder
from infra.standalone.service import OnExit, Service
from infra.standalone.stack import Stack, gateway_address

DUMMY = """
import signal, sys, time
name, events = sys.argv[1:]

def write(event):
    with open(events, "a") as file:
        file.write(f"{event} {name}\\n")

def stop(*_):
    time.sleep(0.1)
    write("stopped")
    sys.exit(0)

signal.signal(signal.SIGTERM, stop)
write("started")
print("ready", flush=True)
while True:
    time.sleep(0.02)
"""


def dummy(name: str, events: Path, on_exit: OnExit = OnExit.STOP, script: str = DUMMY, **settings) -> Service:
    return Service(
        name=name,
        command=(sys.executable, "-S", "-c", script, name, str(events)),
        ready=log_contains("ready"),
        on_exit=on_exit,
        **settings,
    )


def dummy_stack(folder: DataFolder) -> Stack:
    host, port = gateway_address(os.environ)
    events = folder.path / "events"
    return Stack(
        url=f"http://{host}:{port}",
        environment={},
        stages=(
            (dummy("redis", events), dummy("mongo", events)),
            (dummy("migrations", events, OnExit.ONCE, script="print('applied 3 revisions')"),),
            (dummy("gateway", events), dummy("worker-bulk", events, OnExit.RESTART)),
        ),
    )


def wait_until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def dummy_worker(role: str, environment: Mapping[str, str], name: str) -> Service:
    script = "raise SystemExit('broken on purpose')" if os.environ.get("BROKEN") else DUMMY
    return dummy(name, commands.data_folder().path / "events", script=script)


if __name__ == "__main__":
    commands.embedded_stack = dummy_stack
    extra_workers.worker_service = dummy_worker
    commands.THIS_COMMAND = extra_workers.THIS_COMMAND = (sys.executable, "-m", "tests.infra.standalone.dummy_stack")
    sys.exit(__main__.main())
