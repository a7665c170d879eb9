"""`run`, `up`, `down`, `status` and `worker` as processes, on a stack of dummies."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.standalone.home import DataFolder
from tests.fixtures.ports import free_port
from tests.infra.standalone.dummy_stack import is_running, wait_until

REPOSITORY = Path(__file__).parents[3]


class Terminal:
    """Runs commands for one data folder, and keeps the processes it started so that the fixture can stop them."""

    def __init__(self, home: Path, port: int) -> None:
        self.home = home
        self.started: list[subprocess.Popen[str]] = []
        self._environment = {**os.environ, "PHOTOCHROM_HOME": str(home), "PHOTOCHROM_PORT": str(port)}

    def type(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        settings = self._settings()
        settings["env"] = settings["env"] | variables
        return subprocess.run(self._command(*arguments), **settings, capture_output=True, timeout=30, check=False)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            self._command(*arguments),
            **self._settings(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def start_stack(self) -> subprocess.Popen[str]:
        process = self.start("run", "--no-examples")
        wait_until(lambda: (state := self.folder.state()) and state.ready)
        return process

    @property
    def folder(self) -> DataFolder:
        return DataFolder(self.home)

    def pids(self) -> dict[str, int]:
        state = self.folder.state()
        assert state is not None
        return {name: process.pid for name, process in state.processes.items()}

    def events(self) -> list[str]:
        return (self.home / "events").read_text().splitlines()

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "tests.infra.standalone.dummy_stack", *arguments]

    def _settings(self) -> dict:
        return {"env": self._environment, "cwd": REPOSITORY, "text": True}


@pytest.fixture
def open_terminal(tmp_path):
    terminals = []

    def open_named(name="home", port=None):
        terminals.append(Terminal(tmp_path / name, port or free_port()))
        return terminals[-1]

    yield open_named
    for process in (process for terminal in terminals for process in terminal.started):
        process.terminate()
        process.communicate(timeout=20)


@pytest.fixture
def terminal(open_terminal) -> Terminal:
    return open_terminal()


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[Terminal]:
    """A stack for tests that do not change it."""
    terminal = Terminal(tmp_path_factory.mktemp("running") / "home", free_port())
    stack = terminal.start_stack()
    yield terminal
    stack.terminate()
    stack.communicate(timeout=20)


def gone(pids: dict[str, int]) -> bool:
    return not any(is_running(pid) for pid in pids.values())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything_and_leaves_nothing_behind(terminal, number):
    stack = terminal.start_stack()
    pids = terminal.pids()

    stack.send_signal(number)
    output, _ = stack.communicate(timeout=20)

    assert stack.returncode == 0, output
    assert gone(pids)
    assert terminal.events()[-1] in {"stopped mongo", "stopped redis"}
    assert not (terminal.home / "state.json").exists()


@pytest.mark.parametrize(("command", "code"), [("down", 0), ("status", 1), ("worker", 1)])
def test_without_a_stack_a_command_creates_no_folder(terminal, command, code):
    result = terminal.type(command)

    assert result.returncode == code
    assert (result.stdout + result.stderr).startswith(f"No stack is running in {terminal.home}.")
    assert not terminal.home.exists()


def test_children_are_stopped_when_their_supervisor_is_killed(terminal):
    stack = terminal.start_stack()
    pids = terminal.pids()

    stack.kill()
    stack.communicate()

    wait_until(lambda: gone(pids))
    wait_until(lambda: not terminal.folder.is_locked())
    assert len([event for event in terminal.events() if event.startswith("stopped")]) == len(pids)


def test_a_stack_starts_after_the_previous_one_was_killed(terminal):
    stack = terminal.start_stack()
    stack.kill()
    stack.communicate()
    wait_until(lambda: not terminal.folder.is_locked())

    assert (terminal.home / "state.json").exists()
    assert terminal.folder.state() is None
    again = terminal.start_stack()
    again.terminate()
    assert "The previous stack was killed" in again.communicate(timeout=20)[0]


def test_a_crashed_server_stops_the_stack_and_is_reported_by_name(terminal):
    stack = terminal.start_stack()
    pids = terminal.pids()

    os.kill(pids["mongo"], signal.SIGKILL)
    output, _ = stack.communicate(timeout=20)

    assert stack.returncode == 1
    assert "mongo was killed by SIGKILL. Last lines of" in output
    assert gone(pids)


def test_two_stacks_live_side_by_side(open_terminal):
    first, second = open_terminal("first"), open_terminal("second")
    stacks = [first.start_stack(), second.start_stack()]

    assert set(first.pids().values()).isdisjoint(second.pids().values())
    assert first.type("down").returncode == 0
    assert second.type("status").returncode == 0
    assert second.type("down").returncode == 0
    assert [stack.wait(timeout=20) for stack in stacks] == [0, 0]


def test_a_second_stack_from_the_same_folder_is_refused_in_one_sentence(running):
    refused = Terminal(running.home, free_port()).type("run", "--no-examples")

    assert refused.returncode == 1
    assert refused.stderr == f"A stack is already running in {running.home}, or is still stopping.\n"


def test_a_port_in_use_is_reported_before_anything_is_installed(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as somebody_else:
        port = somebody_else.getsockname()[1]
        environment = {"PHOTOCHROM_HOME": str(tmp_path), "PHOTOCHROM_PORT": str(port)}
        # -S: without any installed package.
        command = [sys.executable, "-S", "-m", "infra.standalone.early"]

        refused = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)

    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == f"Port {port} on 127.0.0.1 is already in use. Choose another: PHOTOCHROM_PORT={port + 1}\n"


def test_a_port_in_use_is_one_sentence_and_starts_nothing(open_terminal):
    with socket.create_server(("127.0.0.1", 0)) as somebody_else:
        port = somebody_else.getsockname()[1]
        terminal = open_terminal(port=port)

        refused = terminal.type("run", "--no-examples")

    assert refused.returncode == 1
    assert refused.stderr == f"Port {port} on 127.0.0.1 is already in use. Choose another: PHOTOCHROM_PORT={port + 1}\n"
    assert not (terminal.home / "events").exists()


def test_up_returns_when_the_stack_is_ready_and_down_when_it_is_gone(terminal):
    up = terminal.type("up")
    pids = terminal.pids()

    assert up.returncode == 0, up.stderr
    assert "Photochrom is ready at http://127.0.0.1:" in up.stdout
    assert terminal.type("up").stdout.startswith("A stack is already running in")
    assert terminal.type("down").stdout == "Stopped.\n"
    assert gone(pids)
    assert terminal.type("down").stdout.startswith("No stack is running in")


def test_a_failed_up_shows_the_reason(open_terminal):
    with socket.create_server(("127.0.0.1", 0)) as somebody_else:
        failed = open_terminal(port=somebody_else.getsockname()[1]).type("up")

    assert failed.returncode == 1
    assert "The stack failed to start:" in failed.stderr
    assert "is already in use" in failed.stderr


def test_status_lists_every_process(running):
    status = running.type("status")

    assert status.returncode == 0
    assert [line.split()[0] for line in status.stdout.splitlines()[1:]] == ["redis", "mongo", "gateway", "worker-bulk"]


def test_an_extra_worker_ends_with_the_stack(terminal):
    terminal.start_stack()
    worker = terminal.start("worker", "--role", "interactive")
    wait_until(lambda: "started worker-interactive" in " ".join(terminal.events()))

    terminal.type("down")

    assert worker.wait(timeout=20) == 0
    assert [event for event in terminal.events() if event.startswith("stopped worker-interactive")]


def test_a_worker_in_the_background_is_in_the_status_and_stopped_by_down(terminal):
    terminal.start_stack()
    added = terminal.type("worker", "--background")
    status = terminal.type("status").stdout
    name = added.stdout.split()[1].rstrip(".")

    assert added.returncode == 0, added.stderr
    assert name.startswith("worker-bulk-")
    line = next(line for line in status.splitlines() if name in line)
    assert line.endswith(f"logs/{name}.log")
    assert terminal.type("down").stdout == "Stopped.\n"
    wait_until(lambda: gone({name: int(line.split()[1])}))
    assert f"stopped {name}" in terminal.events()


def test_a_worker_in_the_background_that_ends_at_once_is_reported(running):
    failed = running.type("worker", "--background", BROKEN="1")

    assert failed.returncode == 1
    assert "The worker failed to start:" in failed.stderr
    assert "broken on purpose" in failed.stderr


def test_an_unknown_variable_is_named_in_the_terminal(terminal):
    up = terminal.type("up", PHOTOCHROM_PROT="9000", PHOTOCHROM_WORKER__DEVISE="cpu")

    assert "Unknown variable PHOTOCHROM_PROT, ignored. Did you mean PHOTOCHROM_PORT?" in up.stderr
    assert "Unknown variable PHOTOCHROM_WORKER__DEVISE, ignored. Did you mean PHOTOCHROM_WORKER__DEVICE?" in up.stderr
    assert terminal.type("down").returncode == 0


def test_a_worker_without_a_stack_is_one_sentence(terminal):
    refused = terminal.type("worker")

    assert refused.returncode == 1
    assert refused.stderr == f"No stack is running in {terminal.home}. Start one with: make up\n"


def test_the_state_is_readable_only_by_its_owner(running):
    assert (running.home / "state.json").stat().st_mode & 0o777 == 0o600
    assert running.home.stat().st_mode & 0o777 == 0o700
