"""The commands behind the Makefile. Each returns its exit code and says on the terminal what it did."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from infra.standalone.child import describe_exit
from infra.standalone.errors import StackError
from infra.standalone.home import DataFolder, Running, State
from infra.standalone.lifeline import Lifeline
from infra.standalone.logs import rotate, tail
from infra.standalone.service import Service
from infra.standalone.stack import Stack, data_folder, embedded_stack, worker_service
from infra.standalone.supervisor import StopRequested, Supervisor

EXAMPLES = Path(__file__).parents[2] / "examples" / "photographs"
RESULTS = Path("out") / "examples"
# From a distribution of its own, in client/: no dependency of this one can name it.
CLIENT = Path(sys.executable).with_name("photochrom")
THIS_COMMAND = (sys.executable, "-m", "infra.standalone")
LOOK_SECONDS = 0.2
STOP_SECONDS = 60.0


def say(text: str, *, error: bool = False) -> None:
    """Without a word if the terminal is gone: the stack must still stop in order."""
    with suppress(OSError):
        print(text, file=sys.stderr if error else sys.stdout, flush=True)


def run(*, examples: bool) -> int:
    """The stack in this terminal, until Ctrl-C; the example photographs are colorized first, if wanted."""
    if examples and not CLIENT.exists():
        raise StackError(f"{CLIENT} is not installed, and the examples need it. Install it with: pip install ./client")
    folder = data_folder()
    with folder.locked() as lock:
        if folder.clear_state():
            say("The stack that ran from here was killed. Its processes are gone, its data is here.")
        stack = embedded_stack(folder)
        with Lifeline(keep_open=[lock]) as lifeline:
            return _supervise(folder, stack, lifeline, examples=examples)


def _supervise(folder: DataFolder, stack: Stack, lifeline: Lifeline, *, examples: bool) -> int:
    supervisor = Supervisor(
        stack.stages,
        logs=folder.logs,
        lifeline=lifeline,
        report=say,
        changed=lambda supervisor: folder.write_state(_state_of(stack, supervisor)),
    )
    _stop_on_signals(supervisor)
    say(f"Starting Photochrom. Data: {_shown(folder.path)}  Logs: {_shown(folder.logs)}")
    with supervisor:
        try:
            supervisor.start()
            if examples:
                colorize_examples(supervisor, stack)
            say(f"Photochrom serves at {stack.url}  (API: {stack.url}/docs). Ctrl-C stops it.")
            supervisor.watch()
            say("Stopping.")
        except StopRequested:
            say("Stopping.")
        except StackError as error:
            say(f"{error}\nStopping the stack.", error=True)
            return 1
        finally:
            # Before anything stops: an extra worker, which watches the state, ends while the servers still answer.
            folder.clear_state()
    return 0


def colorize_examples(supervisor: Supervisor, stack: Stack) -> None:
    """As a user would: with the `photochrom` command, as one bulk job."""
    code = supervisor.call(
        Service(
            name="examples",
            command=(str(CLIENT), "submit", str(EXAMPLES), "--wait", "--output", str(RESULTS)),
            environment={"PHOTOCHROM_URL": stack.url},
        )
    )
    if code == 0:
        say(f"The colorized examples: {RESULTS}/")
    elif code is not None:
        say(f"Not every example was colorized: `photochrom submit` {describe_exit(code)}.")


def up() -> int:
    """The same stack in the background; returns when it is ready, or when it has failed."""
    folder = data_folder()
    if folder.state():
        say(f"A stack already runs from {_shown(folder.path)}.")
        ready = _wait_until_ready(folder, lambda: folder.state() is not None)
    else:
        ready = _start_in_background(folder)
    if ready is None:
        say(f"The stack did not start:\n{tail(folder.logs / 'stack.log', lines=30)}", error=True)
        return 1
    say(f"Photochrom serves at {ready.url}. Logs: {_shown(folder.logs)}  Stop it with: make down")
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
        time.sleep(LOOK_SECONDS)
    return None


def down() -> int:
    """Stop the stack that runs from the data folder, in whichever terminal it was started."""
    folder = data_folder(create=False)
    if not folder.is_locked():
        say(f"No stack runs from {_shown(folder.path)}.")
        return 0
    if state := folder.state():
        with suppress(ProcessLookupError):
            os.kill(state.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while folder.is_locked():
        if time.monotonic() > deadline:
            raise StackError(f"The stack still runs after {STOP_SECONDS:.0f} s; see {_shown(folder.logs)}.")
        time.sleep(LOOK_SECONDS)
    say("Stopped.")
    return 0


def status() -> int:
    """What runs, as a table. 0 if the stack is ready, else 1."""
    folder = data_folder(create=False)
    state = folder.state()
    if state is None:
        what = "A stack is stopping in" if folder.is_locked() else "No stack runs from"
        say(f"{what} {_shown(folder.path)}.")
        return 1
    say(f"{state.url}  {'ready' if state.ready else 'starting'}, supervised by process {state.pid}")
    for name, process in state.processes.items():
        say(f"  {name:<20} {process.pid:<8} {process.address:<26} {_shown(Path(process.log))}")
    return 0 if state.ready else 1


def worker(role: str) -> int:
    """One more worker for the running stack, in this terminal; it ends with Ctrl-C and with the stack."""
    folder = data_folder(create=False)
    state = folder.state()
    if state is None:
        raise StackError(f"No stack runs from {_shown(folder.path)}. Start one with: make up")
    service = worker_service(role, state.environment, name=f"worker-{role}-{os.getpid()}")
    with Lifeline() as lifeline, Supervisor([], logs=folder.logs, lifeline=lifeline, report=say) as supervisor:
        _stop_on_signals(supervisor)
        say(f"One more {role} worker for {state.url}. Ctrl-C stops it.")
        code = supervisor.call(service, unless=lambda: folder.state() is None)
    if code is not None:
        say(f"The worker {describe_exit(code)}.", error=True)
    return 1 if code else 0


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


def _stop_on_signals(supervisor: Supervisor) -> None:
    signal.signal(signal.SIGINT, supervisor.request_stop)
    signal.signal(signal.SIGTERM, supervisor.request_stop)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # Under nohup it is.
        signal.signal(signal.SIGHUP, supervisor.request_stop)


def _shown(path: Path) -> Path:
    """As short as it can be said from where the user stands."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
