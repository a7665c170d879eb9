"""A run's folder: its resolved recipe, a log line per event, a snapshot to resume from, contact sheets, checkpoints.

RUN/recipe.json  held-out.txt  skipped.txt (reason, tab, name)  log.jsonl  snapshot.pt  sheets/  and, with
--tensorboard, tensorboard/
best.safetensors + best.json (of the last stage)  latest.safetensors + latest.json  and the last checkpoint of each
stage under the stage's name
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

from training.recipes.recipe import Recipe
from training.recipes.tables import completed

_REPOSITORY = Path(__file__).parents[2]


class Board(Protocol):
    """The part of TensorBoard's `SummaryWriter` that is used here."""

    def add_scalar(self, tag: str, scalar_value: float, global_step: int) -> None: ...
    def add_image(self, tag: str, img_tensor: Any, global_step: int, *, dataformats: str) -> None: ...
    def flush(self) -> None: ...


class RunFolder:
    """Written by one process. After a kill the log may repeat the steps since the last snapshot, with equal values."""

    def __init__(self, path: Path, *, board: Board | None = None) -> None:
        self.path = path
        self._board = board
        path.mkdir(parents=True, exist_ok=True)
        _remove_unfinished_line(path / "log.jsonl")

    def describe(self, settings: dict[str, Any]) -> None:
        """Record the run's settings. Raises ValueError if the run to resume has others; only its budget may differ."""
        path = self.path / "recipe.json"
        text = json.dumps(settings, indent=2) + "\n"
        if path.exists() and (self.path / "snapshot.pt").exists():
            before, now = _comparable(path.read_text(), str(path)), _comparable(text, "")
            if changed := {key for key in now if before.get(key) != now[key]}:
                raise ValueError(
                    f"the run in {self.path} cannot be resumed: {_why(changed)}. Undo that, or start another run in "
                    f"another --run-folder, from these weights by --init {self.path / 'best.safetensors'}"
                )
        path.write_text(text)

    def log(self, event: str, *, total_steps: int | None = None, **values: Any) -> None:
        """Write an event with its values. With `total_steps`, its numbers also go to TensorBoard if that is enabled."""
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
        """Sync a partial file, then rename it: a kill or a power cut leaves this snapshot or the one before."""
        partial = self.path / "snapshot.partial"
        with partial.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self.path / "snapshot.pt")

    def load_snapshot(self) -> dict[str, Any] | None:
        """The last saved state, or None. It is loaded as tensors and plain values only, so it cannot run code.

        Raises ValueError if the file is damaged.
        """
        path = self.path / "snapshot.pt"
        if not path.exists():
            return None
        try:
            state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        except (EOFError, RuntimeError, pickle.UnpicklingError) as error:
            raise ValueError(
                f"{path} is damaged: delete it to start the run again, or start another run in another "
                f"--run-folder from its weights by --init {self.path / 'latest.safetensors'}"
            ) from error
        return state


def open_board(path: Path) -> Board:
    """TensorBoard's writer for a run folder. Raises ValueError if the package is not installed."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ModuleNotFoundError as error:
        raise ValueError("--tensorboard needs the package tensorboard: pip install tensorboard") from error
    writer: Board = SummaryWriter(path / "tensorboard")
    return writer


def _comparable(text: str, place: str) -> dict[str, Any]:
    """The settings of a run without those that may differ when it is resumed."""
    try:
        document: dict[str, Any] = json.loads(text)
    except ValueError as error:
        raise ValueError(f"{place} is damaged: {error}") from error
    for key in ("revision", "skipped"):  # What is skipped depends on the data alone, whose hash is compared.
        document.pop(key, None)
    # A run from before a version that added a key to recipes has its default.
    document["recipe"] = completed(Recipe, document["recipe"])
    for stage in document["recipe"]["stages"]:
        stage.pop("budget")
    return document


def _why(changed: set[str]) -> str:
    if "data_sha256" in changed:
        return "its photographs have changed since it started"
    return f"it was started with another {', '.join(sorted(changed))}"


def _remove_unfinished_line(log: Path) -> None:
    """Remove a line that a kill left incomplete, so that the log stays one JSON object per line."""
    if log.exists():
        content = log.read_bytes()
        os.truncate(log, content.rfind(b"\n") + 1)


def git_revision() -> str:
    """The commit of this code, with `-dirty` if training or the colorizer differ from it; `unknown` without git."""
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
