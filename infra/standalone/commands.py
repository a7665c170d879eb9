"""The commands behind the Makefile. Each reports on the terminal and returns its exit code."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from infra.standalone.errors import StackError
from infra.standalone.examples import check_client, colorize_examples
from infra.standalone.extra_workers import running_workers
from infra.standalone.home import DataFolder, Running, State
from infra.standalone.lifeline import Lifeline
from infra.standalone.logs import rotate, tail
from infra.standalone.secret_files import forget_given
from infra.standalone.settings import unknown_settings
from infra.standalone.stack import Stack, data_folder, embedded_stack
from infra.standalone.supervisor import StopRequested, Supervisor
from infra.standalone.terminal import print_line, shown, stop_on_signals

THIS_COMMAND = (sys.executable, "-m", "infra.standalone")
POLL_SECONDS = 0.2
STOP_SECONDS = 60.0


def run(*, examples: bool) -> int:
    """Run the stack in this terminal until Ctrl-C; first colorize the example photographs if `examples`."""
    if examples:
        check_client()
    folder = data_folder()
    with folder.locked() as lock:
        if folder.clear_state():
            print_line("The previous stack was killed. Its processes have ended; its data is kept.")
        stack = embedded_stack(folder)
        with Lifeline(keep_open=[lock]) as lifeline:
            return _supervise(folder, stack, lifeline, examples=examples)


def _supervise(folder: DataFolder, stack: Stack, lifeline: Lifeline, *, examples: bool) -> int:
    supervisor = Supervisor(
        stack.stages,
        logs=folder.logs,
        lifeline=lifeline,
        report=print_line,
        changed=lambda supervisor: _write_state(folder, _state_of(stack, supervisor)),
    )
    stop_on_signals(supervisor)
    _warn_of_unknown_settings()
    print_line(f"Starting Photochrom. Data: {shown(folder.path)}  Logs: {shown(folder.logs)}")
    with supervisor:
        try:
            supervisor.start()
            if examples:
                colorize_examples(supervisor, stack.url)
            print_line(f"Photochrom is ready at {stack.url}  (API: {stack.url}/docs). Press Ctrl-C to stop.")
            supervisor.watch()
            print_line("Stopping.")
        except StopRequested:
            print_line("Stopping.")
        except StackError as error:
            print_line(f"{error}\nStopping the stack.", error=True)
            return 1
        finally:
            # First, so that an extra worker, which watches the state, ends while the servers are still running.
            folder.clear_state()
            forget_given(folder)
    return 0


def up() -> int:
    """Start the stack in the background; return when it is ready or has failed."""
    folder = data_folder()
    _warn_of_unknown_settings()
    if folder.state():
        print_line(f"A stack is already running in {shown(folder.path)}.")
        ready = _wait_until_ready(folder, lambda: folder.state() is not None)
    else:
        ready = _start_in_background(folder)
    if ready is None:
        print_line(f"The stack failed to start:\n{tail(folder.logs / 'stack.log', lines=30)}", error=True)
        return 1
    print_line(f"Photochrom is ready at {ready.url}. Logs: {shown(folder.logs)}  Stop it with: make down")
    return 0


def _start_in_background(folder: DataFolder) -> State | None:
    log = folder.logs / "stack.log"
    rotate(log)
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*THIS_COMMAND, "run", "--no-examples"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        return _wait_until_ready(folder, lambda: process.poll() is None)
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        raise


def _wait_until_ready(folder: DataFolder, is_starting: Callable[[], bool]) -> State | None:
    while is_starting():
        if (state := folder.state()) and state.ready:
            return state
        time.sleep(POLL_SECONDS)
    return None


def down() -> int:
    """Stop the stack of the data folder, whichever terminal it was started in."""
    folder = data_folder(create=False)
    if not folder.is_locked():
        print_line(f"No stack is running in {shown(folder.path)}.")
        return 0
    if state := folder.state():
        with suppress(ProcessLookupError):
            os.kill(state.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while folder.is_locked() or running_workers(folder):
        if time.monotonic() > deadline:
            raise StackError(f"The stack is still running after {STOP_SECONDS:.0f} s. See {shown(folder.logs)}.")
        time.sleep(POLL_SECONDS)
    print_line("Stopped.")
    return 0


def status() -> int:
    """Print the running processes as a table. The exit code is 0 if the stack is ready, else 1."""
    folder = data_folder(create=False)
    state = folder.state()
    if state is None:
        status = "A stack is stopping in" if folder.is_locked() else "No stack is running in"
        print_line(f"{status} {shown(folder.path)}.")
        return 1
    print_line(f"{state.url}  {'ready' if state.ready else 'starting'}, supervised by process {state.pid}")
    for name, process in {**state.processes, **running_workers(folder)}.items():
        print_line(f"  {name:<20} {process.pid:<8} {process.address:<26} {shown(Path(process.log))}")
    return 0 if state.ready else 1


def _warn_of_unknown_settings() -> None:
    for sentence in unknown_settings(os.environ):
        print_line(sentence, error=True)


def _write_state(folder: DataFolder, state: State) -> None:
    """On a full disk the stack goes on; the state is written again at the next change."""
    try:
        folder.write_state(state)
    except OSError as error:
        print_line(f"Cannot write {shown(folder.path)}/state.json: {error.strerror}.", error=True)


def _state_of(stack: Stack, supervisor: Supervisor) -> State:
    return State(
        pid=os.getpid(),
        url=stack.url,
        ready=supervisor.started,
        environment=dict(stack.environment),
        processes={
            name: Running(child.pid, child.service.address, str(child.log))
            for name, child in supervisor.children.items()
        },
    )
