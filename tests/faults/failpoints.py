"""Failpoints: where a process is to misbehave, laid down as files that the saboteur in every process looks at.

Arming needs no restart, and each failpoint goes off once, in whichever process gets there first.
"""

import fcntl
import json
import os
import uuid
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

KILL = "kill"  # SIGKILL to itself.
STOP = "stop"  # SIGSTOP to itself: a zombie to be, until the test lets it go on.
MEMORY = "memory"  # raise MemoryError.
FAIL = "fail"  # raise what the collaborator raises when its server is away.
DROP = "drop"  # The same; `after` the call, so that it was done and its answer lost.
STALL = "stall"  # Wait `seconds`; the process goes on with everything else.
HOLD = "hold"  # The same, until the test releases it.
STALL_AND_KILL = "stall_and_kill"
BEFORE, AFTER = "before", "after"


@dataclass(frozen=True)
class Failpoint:
    """Whose call, which one of them, and what happens then. `method` is `Class.method`, as the trace names it."""

    process: str
    method: str
    when: str = BEFORE
    action: str = KILL
    # The how-manyeth call that fits, all processes of that name together.
    nth: int = 1
    # Only calls whose answer says that something was done; `after` alone.
    granted: bool = False
    # Only calls about the job that was submitted under this tag.
    tag: str | None = None
    seconds: float = 1.0

    def __str__(self) -> str:
        return f"{self.action} {self.process} {self.when} {self.method} #{self.nth}"

    def fits(self, process: str, method: str, when: str, tag: str | None, answer: object) -> bool:
        return (
            (method, when) == (self.method, self.when)
            and is_named(process, self.process)
            and self.tag in (None, tag)
            and (bool(answer) or not self.granted)
        )


Armed = tuple[str, Failpoint]


def is_named(process: str, name: str) -> bool:
    """`bulk` means `bulk`, `bulk-2` and so on."""
    return process == name or process.startswith(f"{name}-")


class Armory:
    """The folder of failpoints: the test arms and asks, the saboteurs pull the trigger."""

    def __init__(self, folder: Path) -> None:
        self._armed = folder / "armed"
        self._fired = folder / "fired"
        self._released = folder / "released"
        self._known: dict[str, Failpoint] = {}
        for made in (self._armed, self._fired, self._released):
            made.mkdir(parents=True, exist_ok=True)

    def arm(self, failpoint: Failpoint) -> str:
        """Returns the name by which to ask for it."""
        name = uuid.uuid4().hex
        draft = self._fired / f".{name}"
        draft.write_text(json.dumps(asdict(failpoint) | {"left": failpoint.nth}))
        draft.rename(self._armed / name)
        return name

    def disarm(self) -> list[Failpoint]:
        """Take away all that have not gone off; returns them."""
        left = []
        for path in self._armed.iterdir():
            left.append(_read(json.loads(path.read_text())))
            path.unlink()
        return left

    def fired(self, name: str) -> int | None:
        """The id of the process in which it went off; None if it has not."""
        path = self._fired / name
        return int(json.loads(path.read_text())["pid"]) if path.exists() else None

    def actions(self) -> "Counter[str]":
        """How often which one was taken."""
        return Counter(json.loads(path.read_text())["action"] for path in self._fired.glob("[!.]*"))

    def release(self, name: str) -> None:
        """Let go on what is held there, or will be."""
        (self._released / name).touch()

    def is_released(self, name: str) -> bool:
        return (self._released / name).exists()

    def pull(self, process: str, method: str, when: str, tag: str | None, answer: object = None) -> Armed | None:
        """In the process: the failpoint that goes off now, if any does, with its name."""
        for name in os.listdir(self._armed):  # noqa: PTH208 - at every call of every store
            failpoint = self._read(name)
            if failpoint and failpoint.fits(process, method, when, tag, answer) and self._is_due(name):
                return name, failpoint
        return None

    def _read(self, name: str) -> Failpoint | None:
        if name not in self._known:
            try:
                self._known[name] = _read(json.loads((self._armed / name).read_text()))
            except FileNotFoundError:  # Another process was faster.
                return None
        return self._known[name]

    def _is_due(self, name: str) -> bool:
        """Count this call; true, once and for one process alone, when it is the last to be waited for."""
        path = self._armed / name
        try:
            with path.open("r+") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                state = json.load(file)
                if state["left"] == 0:
                    return False
                state |= {"left": state["left"] - 1, "pid": os.getpid()}
                file.seek(0)
                file.truncate()
                json.dump(state, file)
                file.flush()
                if state["left"] == 0:
                    path.rename(self._fired / name)
                return bool(state["left"] == 0)
        except FileNotFoundError:
            return False


def _read(document: dict[str, Any]) -> Failpoint:
    return Failpoint(**{name: document[name] for name in Failpoint.__dataclass_fields__})
