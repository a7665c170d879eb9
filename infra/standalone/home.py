"""The data folder of a stack: what persists across restarts, and which stack is using it now.

lock         held while any process of the stack is running
state.json   the running stack: pids, addresses, the settings of its processes; no secrets
ports.json   the servers' ports, which persist across restarts
secrets/     see `secret_files`
workers/     see `extra_workers`         models/      weights that workers have downloaded
redis/ mongo/ bucket/ logs/
"""

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from infra.standalone.errors import StackError


@dataclass(frozen=True)
class Running:
    """One process of a running stack."""

    pid: int
    address: str = ""
    log: str = ""


@dataclass(frozen=True)
class State:
    """The state of a running stack, as stored in `state.json`."""

    pid: int
    url: str
    ready: bool = False
    environment: dict[str, str] = field(default_factory=dict, repr=False)
    processes: dict[str, Running] = field(default_factory=dict)


class DataFolder:
    def __init__(self, path: Path, *, create: bool = True) -> None:
        """Create the folder unless `create` is False. It holds keys and pictures, so only its owner can read it, even
        if it already exists with other rights.
        """
        self.path = path.resolve()
        self.logs = self.path / "logs"
        if not create:
            return
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path.chmod(0o700)
            self.logs.mkdir(exist_ok=True)
        except OSError as error:
            raise StackError(f"Cannot use the data folder {path}: {error.strerror}.") from error

    @contextmanager
    def locked(self) -> Iterator[int]:
        """Lock the folder for this process and those that inherit the descriptor. Raise StackError if it is locked."""
        deadline = time.monotonic() + 0.5
        descriptor = self._open_lock()
        try:
            # Several attempts, because `is_locked` in another process holds the lock for an instant.
            while not _lock(descriptor):
                if time.monotonic() > deadline:
                    raise StackError(f"A stack is already running in {self.path}, or is still stopping.")
                time.sleep(0.05)
            yield descriptor
        finally:
            os.close(descriptor)

    def is_locked(self) -> bool:
        try:
            descriptor = self._open_lock()
        except (FileNotFoundError, NotADirectoryError):
            return False
        try:
            return not _lock(descriptor)
        finally:
            os.close(descriptor)

    def state(self) -> State | None:
        """The running stack, or None. A state file left by a killed stack is ignored."""
        if not self.is_locked():
            return None
        try:
            document = json.loads((self.path / "state.json").read_text())
        except FileNotFoundError:
            return None
        processes = {name: Running(**running) for name, running in document.pop("processes").items()}
        state = State(**document, processes=processes)
        # After a supervisor was killed, its lifeline holds the lock until it has stopped the remaining processes.
        return state if is_running(state.pid) else None

    def write_state(self, state: State) -> None:
        self._write("state.json", asdict(state))

    def clear_state(self) -> bool:
        """Whether there was a state. If the lock was free, that state is left from a stack that was killed."""
        try:
            (self.path / "state.json").unlink()
        except FileNotFoundError:
            return False
        return True

    def subfolder(self, name: str) -> Path:
        folder = self.path / name
        folder.mkdir(exist_ok=True)
        return folder

    def write_text(self, name: str, text: str) -> Path:
        """Write atomically, readable only by the owner."""
        path = self.path / name
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        return draft.replace(path)

    def ports(self, *names: str, host: str = "127.0.0.1") -> dict[str, int]:
        """The stored port of each server, or a new one if there is none or it is in use."""
        stored: dict[str, int] = {}
        with suppress(FileNotFoundError):
            stored = json.loads((self.path / "ports.json").read_text())
        ports = dict(stored)
        for name in names:
            if name not in ports or not is_free(host, ports[name]):
                ports[name] = _free_port(host, taken=set(ports.values()))
        if ports != stored:
            self._write("ports.json", ports)
        return {name: ports[name] for name in names}

    def _open_lock(self) -> int:
        return os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)

    def _write(self, name: str, document: object) -> None:
        self.write_text(name, json.dumps(document, indent=1))


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there. Raise StackError if the host name cannot be resolved."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        # As servers do: connections of an earlier stack in TIME_WAIT do not prevent listening.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except socket.gaierror as error:
            raise StackError(f"Unknown host {host}: {error.strerror}.") from error
        except OSError:
            return False
        return True


def _free_port(host: str, taken: set[int]) -> int:
    while True:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as listener:
            listener.bind((host, 0))
            port = int(listener.getsockname()[1])
        if port not in taken:
            return port
