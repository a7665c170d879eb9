"""The data folder of a stack: what is remembered between two starts, and who runs from it now.

lock         held as long as anything of the stack runs
state.json   the running stack: pids, addresses, the environment of its processes
ports.json   the servers' ports          keys.json   the access keys; both kept from start to start
models/      weights that workers have fetched
redis/ mongo/ bucket/ logs/
"""

import fcntl
import json
import os
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from infra.standalone.errors import StackError


@dataclass(frozen=True)
class Keys:
    """Random per data folder."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    redis_password: str = field(repr=False)


@dataclass(frozen=True)
class Running:
    """One process of a running stack."""

    pid: int
    address: str = ""
    log: str = ""


@dataclass(frozen=True)
class State:
    """What a running stack says about itself."""

    pid: int
    url: str
    ready: bool = False
    environment: dict[str, str] = field(default_factory=dict, repr=False)
    processes: dict[str, Running] = field(default_factory=dict)


class DataFolder:
    def __init__(self, path: Path, *, create: bool = True) -> None:
        """Creates the folder, closed to other users: there are keys and pictures in it. Not `create`: only to look."""
        self.path = path.resolve()
        self.logs = self.path / "logs"
        if not create:
            return
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.logs.mkdir(exist_ok=True)
        except OSError as error:
            raise StackError(f"The data folder {path} cannot be used: {error.strerror}.") from error

    @contextmanager
    def locked(self) -> Iterator[int]:
        """Hold the folder for this process and whoever inherits the descriptor. Raises StackError if it is held."""
        deadline = time.monotonic() + 0.5
        descriptor = self._open_lock()
        try:
            # More than one attempt: whoever looks with `is_locked` holds it for an instant.
            while not _lock(descriptor):
                if time.monotonic() > deadline:
                    raise StackError(f"A stack already runs from {self.path}, or is still stopping.")
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
        """The stack that runs from here; None if none does, whatever one that was killed has left behind."""
        if not self.is_locked():
            return None
        try:
            document = json.loads((self.path / "state.json").read_text())
        except FileNotFoundError:
            return None
        processes = {name: Running(**running) for name, running in document.pop("processes").items()}
        state = State(**document, processes=processes)
        # While its lifeline stops what a killed supervisor has left, the lock is held, but no stack runs any more.
        return state if _is_running(state.pid) else None

    def write_state(self, state: State) -> None:
        self._write("state.json", asdict(state))

    def clear_state(self) -> bool:
        """Whether there was a state: if nobody holds the lock, a stack was ended without being able to clean up."""
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
        """At once or not at all, and for the owner's eyes only."""
        draft = self.path / f".{name}.{os.getpid()}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        return draft.replace(self.path / name)

    def keys(self) -> Keys:
        with suppress(FileNotFoundError):
            return Keys(**json.loads((self.path / "keys.json").read_text()))
        keys = Keys(secrets.token_hex(10).upper(), secrets.token_urlsafe(30), secrets.token_urlsafe(24))
        self._write("keys.json", asdict(keys))
        return keys

    def ports(self, *names: str) -> dict[str, int]:
        """The remembered port of each server, or a new one where none is remembered or somebody else has it now."""
        remembered: dict[str, int] = {}
        with suppress(FileNotFoundError):
            remembered = json.loads((self.path / "ports.json").read_text())
        ports = dict(remembered)
        for name in names:
            if name not in ports or not is_free("127.0.0.1", ports[name]):
                ports[name] = _free_port(taken=set(ports.values()))
        if ports != remembered:
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


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def is_free(host: str, port: int) -> bool:
    """Whether one could listen there. Raises StackError if the host is not one of this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        # As servers do it: a connection of an earlier stack that lingers in TIME_WAIT is not in the way.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except socket.gaierror as error:
            raise StackError(f"There is no address {host} here: {error.strerror}.") from error
        except OSError:
            return False
        return True


def _free_port(taken: set[int]) -> int:
    while True:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            port = int(listener.getsockname()[1])
        if port not in taken:
            return port
