"""What a run leaves on disk: its resolved recipe, a log line per event, snapshots to resume from, sheets to look at.

RUN/recipe.json  held-out.txt  skipped.txt (reason, tab, name)  log.jsonl  snapshot.pt  sheets/  and, if TensorBoard is
asked for, tensorboard/
best.safetensors + best.json (of the last stage)  latest.safetensors + latest.json  and the last of each stage under
its name
"""

import json
import os
import pickle
import subprocess
import time
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from PIL import Image

_REPOSITORY = Path(__file__).parents[2]


class Board(Protocol):
    """Of TensorBoard's `SummaryWriter`, what is used here."""

    def add_scalar(self, tag: str, scalar_value: float, global_step: int) -> None: ...
    def add_image(self, tag: str, img_tensor: Any, global_step: int, *, dataformats: str) -> None: ...
    def flush(self) -> None: ...


class RunFolder:
    """One process writes; after a kill the log may repeat the steps since the last snapshot, with the same values."""

    def __init__(self, path: Path, *, board: Board | None = None) -> None:
        self.path = path
        self._board = board
        path.mkdir(parents=True, exist_ok=True)
        _cut_off_unfinished_line(path / "log.jsonl")

    def describe(self, told: dict[str, Any]) -> None:
        """Keep what the run is told. Raises ValueError if the run here was told otherwise; only its budget may grow."""
        path = self.path / "recipe.json"
        text = json.dumps(told, indent=2) + "\n"
        if path.exists() and (self.path / "snapshot.pt").exists():
            before, now = _comparable(path.read_text(), str(path)), _comparable(text, "")
            if changed := {key for key in now if before.get(key) != now[key]}:
                raise ValueError(
                    f"the run in {self.path} cannot go on: {_why(changed)}. Undo that, or begin another run with "
                    f"another --run-folder, from here by --init {self.path / 'best.safetensors'}"
                )
        path.write_text(text)

    def log(self, event: str, *, total_steps: int | None = None, **values: Any) -> None:
        """Write an event with its values; with `total_steps` its numbers go to TensorBoard too, if that is there."""
        line = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "event": event, **values}
        with (self.path / "log.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")
        shown = " ".join(f"{key}={_short(value)}" for key, value in values.items())
        print(f"{line['time'][11:19]} {event} {shown}", flush=True)
        if self._board and total_steps is not None:
            for key, value in values.items():
                if isinstance(value, float):
                    self._board.add_scalar(f"{event}/{key}", value, total_steps)
            self._board.flush()

    def save_sheet(self, name: str, sheet: Image.Image, total_steps: int) -> None:
        folder = self.path / "sheets"
        folder.mkdir(exist_ok=True)
        sheet.save(folder / f"{name}.jpg", quality=85)
        if self._board:
            self._board.add_image("sheet", np.asarray(sheet), total_steps, dataformats="HWC")

    def save_snapshot(self, state: dict[str, Any]) -> None:
        """In one move, and on the disk before it: a kill or a power cut leaves this snapshot or the one before."""
        partial = self.path / "snapshot.partial"
        with partial.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self.path / "snapshot.pt")

    def load_snapshot(self) -> dict[str, Any] | None:
        """The state last saved here, or None. Tensors and plain values only: nothing in it can run code.

        Raises ValueError if the file is damaged.
        """
        path = self.path / "snapshot.pt"
        if not path.exists():
            return None
        try:
            state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        except (EOFError, RuntimeError, pickle.UnpicklingError) as error:
            raise ValueError(
                f"{path} is damaged: delete it and the run begins anew, or begin another run with another "
                f"--run-folder from its weights, by --init {self.path / 'latest.safetensors'}"
            ) from error
        return state


def open_board(path: Path) -> Board:
    """TensorBoard's writer for a run folder. Raises ValueError if the package is not there."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ModuleNotFoundError as error:
        raise ValueError("--tensorboard needs the package tensorboard") from error
    writer: Board = SummaryWriter(path / "tensorboard")
    return writer


def _comparable(text: str, place: str) -> dict[str, Any]:
    """What a run is told, without what may differ when it goes on."""
    try:
        document: dict[str, Any] = json.loads(text)
    except ValueError as error:
        raise ValueError(f"{place} is damaged: {error}") from error
    for key in ("revision", "skipped"):  # What is skipped follows from the data, whose hash is compared.
        document.pop(key, None)
    for stage in document["recipe"]["stages"]:
        stage.pop("budget")
    return document


def _why(changed: set[str]) -> str:
    if "data_sha256" in changed:
        return "its photographs are not those that it began with"
    return f"it was begun with another {', '.join(sorted(changed))}"


def _cut_off_unfinished_line(log: Path) -> None:
    """What a kill in the middle of a line left: the log stays one JSON object a line."""
    if log.exists():
        content = log.read_bytes()
        os.truncate(log, content.rfind(b"\n") + 1)


def git_revision() -> str:
    """The commit this code is at, `-dirty` if training or the colorizer differ from it, `unknown` without git."""
    rooms = [str(_REPOSITORY / "training"), str(_REPOSITORY / "worker" / "colorizer")]
    try:
        revision = _git("rev-parse", "HEAD").strip()
        changed = _git("status", "--porcelain", "--", *rooms)
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return f"{revision}-dirty" if changed else revision


def _git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=_REPOSITORY, capture_output=True, text=True, check=True, timeout=10
    ).stdout


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
