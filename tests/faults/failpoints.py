"""Failpoints: where a process misbehaves. They are files, which the saboteur in every process checks at each call.

Arming one needs no restart. Each failpoint fires once, in the process that reaches it first.
"""

import fcntl
import json
import os
import uuid
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.faults.trace import Call

KILL = "kill"  # SIGKILL to itself.
STOP = "stop"  # SIGSTOP to itself: a zombie, until the test sends SIGCONT.
MEMORY = "memory"  # Raise MemoryError.
FAIL = "fail"  # Raise what the collaborator raises when its server is unavailable.
DROP = "drop"  # The same, but `after` the call: it took effect, and its response is lost.
STALL = "stall"  # Delay the call by `seconds`. The rest of the process continues.
HOLD = "hold"  # The same, until the test releases it.
STALL_AND_KILL = "stall_and_kill"
BEFORE, AFTER = "before", "after"


@dataclass(frozen=True)
class Failpoint:
    """Which call of which process, and the action. `method` is `Class.method`, as in the trace."""

    process: str
    method: str
    when: str = BEFORE
    action: str = KILL
    # Fires at the n-th matching call, counted over all processes of that name.
    nth: int = 1
    # Only calls whose result is truthy: they changed something. Applies to `after` only.
    granted: bool = False
    # Only calls about the job submitted with this tag.
    tag: str | None = None
    # Only calls with an argument that contains this text.
    about: str = ""
    seconds: float = 1.0

    def __str__(self) -> str:
        return f"{self.action} {self.process} {self.when} {self.method} #{self.nth}"

    def fits(self, call: Call, when: str) -> bool:
        return (
            (call.method, when) == (self.method, self.when)
            and is_named(call.process, self.process)
            and self.tag in (None, call.tag)
            and any(self.about in str(word) for word in (*call.words, ""))
            and (bool(call.answer) or not self.granted)
        )


Armed = tuple[str, Failpoint]


def is_named(process: str, name: str) -> bool:
    """`bulk` means `bulk`, `bulk-2` and so on."""
    return process == name or process.startswith(f"{name}-")


class Armory:
    """The folder of failpoints. The test arms them and asks whether they fired; the saboteurs fire them."""

    def __init__(self, folder: Path) -> None:
        self._armed = folder / "armed"
        self._fired = folder / "fired"
        self._released = folder / "released"
        self._known: dict[str, Failpoint] = {}
        for made in (self._armed, self._fired, self._released):
            made.mkdir(parents=True, exist_ok=True)

    def arm(self, failpoint: Failpoint) -> str:
        """Returns the name of the armed failpoint, for `fired` and `release`."""
        name = uuid.uuid4().hex
        draft = self._fired / f".{name}"
        draft.write_text(json.dumps(asdict(failpoint) | {"left": failpoint.nth}))
        draft.rename(self._armed / name)
        return name

    def disarm(self) -> list[Failpoint]:
        """Remove and return all that have not fired."""
        left = []
        for path in self._armed.iterdir():
            left.append(_read(json.loads(path.read_text())))
            path.unlink()
        return left

    def fired(self, name: str) -> int | None:
        """The id of the process in which it fired, or None."""
        path = self._fired / name
        return int(json.loads(path.read_text())["pid"]) if path.exists() else None

    def actions(self) -> "Counter[str]":
        """How often each action was taken."""
        return Counter(json.loads(path.read_text())["action"] for path in self._fired.glob("[!.]*"))

    def release(self, name: str) -> None:
        """Release the call that it holds or will hold."""
        (self._released / name).touch()

    def is_released(self, name: str) -> bool:
        return (self._released / name).exists()

    def pull(self, call: Call, when: str) -> Armed | None:
        """Called in the process: the failpoint that fires now, if any, with its name."""
        for name in os.listdir(self._armed):  # noqa: PTH208 - faster, and it runs at every call of every store
            failpoint = self._read(name)
            if failpoint and failpoint.fits(call, when) and self._is_due(name):
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
        """Count this call. True if it is the n-th, which happens once, in one process."""
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
