"""Workers beside those that the stack starts: in a terminal or in the background. Each ends when the stack stops.

While such a worker runs, `workers/NAME.json` in the home names its process, for `status` and `down`.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from infra.standalone.child import describe_exit
from infra.standalone.errors import StackError
from infra.standalone.home import DataFolder, Running, State, is_running
from infra.standalone.lifeline import Lifeline
from infra.standalone.logs import tail
from infra.standalone.stack import data_folder, worker_service
from infra.standalone.supervisor import Supervisor
from infra.standalone.terminal import print_line, shown, stop_on_signals

FOLDER = "workers"
THIS_COMMAND = (sys.executable, "-m", "infra.standalone")
POLL_SECONDS = 0.2


def run_worker(role: str, name: str = "") -> int:
    """Run another worker until Ctrl-C or until the stack stops. With a name, it writes to the log of that name."""
    folder = data_folder(create=False)
    state = _running_stack(folder)
    log = str(_log(folder, name)) if name else "(in a terminal)"
    name = name or _new_name(role)
    service = worker_service(role, state.environment, name=name)
    with (
        _registered(folder, name, Running(os.getpid(), log=log)),
        Lifeline() as lifeline,
        Supervisor([], logs=folder.logs, lifeline=lifeline, report=print_line) as supervisor,
    ):
        stop_on_signals(supervisor)
        print_line(f"Added a {role} worker to {state.url}. Press Ctrl-C to stop it.")
        code = supervisor.call(service, unless=lambda: folder.state() is None)
    if code is not None:
        print_line(f"The worker {describe_exit(code)}.", error=True)
    return 1 if code else 0


def start_worker(role: str) -> int:
    """Start another worker in the background. Return when it is ready. Raise StackError if it ends instead."""
    folder = data_folder(create=False)
    state = _running_stack(folder)
    name = _new_name(role)
    log = _log(folder, name)
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*THIS_COMMAND, "worker", "--role", role, "--name", name],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    ready = worker_service(role, state.environment, name=name).ready
    while ready and not ready(log):
        if process.poll() is not None:
            raise StackError(f"The worker failed to start:\n{tail(log)}")
        time.sleep(POLL_SECONDS)
    print_line(f"Added {name}. Log: {shown(log)}  Stop it with: kill {process.pid}  It also ends with: make down")
    return 0


def running_workers(folder: DataFolder) -> dict[str, Running]:
    """Those beside the stack's own, by name."""
    workers = {}
    for path in sorted((folder.path / FOLDER).glob("*.json")):
        running = Running(**json.loads(path.read_text()))
        if is_running(running.pid):
            workers[path.stem] = running
    return workers


def _running_stack(folder: DataFolder) -> State:
    if (state := folder.state()) is None:
        raise StackError(f"No stack is running in {shown(folder.path)}. Start one with: make up")
    return state


def _new_name(role: str) -> str:
    return f"worker-{role}-{os.getpid()}"


def _log(folder: DataFolder, name: str) -> Path:
    return folder.logs / f"{name}.log"


@contextmanager
def _registered(folder: DataFolder, name: str, running: Running) -> Iterator[None]:
    folder.subfolder(FOLDER)
    path = folder.write_text(f"{FOLDER}/{name}.json", json.dumps(asdict(running)))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
