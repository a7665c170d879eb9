"""What a run leaves on disk: its resolved recipe, a log line per event, snapshots to resume from, sheets to look at.

RUN/recipe.json  log.jsonl  snapshot.pt  best.safetensors + best.json  latest.safetensors + latest.json  sheets/
"""

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import torch
from PIL import Image


class RunFolder:
    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)

    def describe(self, told: dict[str, Any]) -> None:
        """Keep what the run is told. Raises ValueError if the run here was told otherwise; only its budget may grow."""
        path = self.path / "recipe.json"
        text = json.dumps(told, indent=2) + "\n"
        if path.exists() and (self.path / "snapshot.pt").exists():
            before, now = json.loads(path.read_text()), json.loads(text)
            for document in (before, now):
                document.pop("revision", None)
                for stage in document["recipe"]["stages"]:
                    stage.pop("budget")
            if changed := [key for key in now if before.get(key) != now[key]]:
                raise ValueError(f"{self.path} holds a run with another {', '.join(changed)}")
        path.write_text(text)

    def log(self, event: str, **values: Any) -> None:
        line = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "event": event, **values}
        with (self.path / "log.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")
        shown = " ".join(f"{key}={_short(value)}" for key, value in values.items())
        print(f"{line['time'][11:19]} {event} {shown}", flush=True)

    def save_sheet(self, name: str, sheet: Image.Image) -> None:
        folder = self.path / "sheets"
        folder.mkdir(exist_ok=True)
        sheet.save(folder / f"{name}.jpg", quality=85)

    def save_snapshot(self, state: dict[str, Any]) -> None:
        partial = self.path / "snapshot.partial"
        torch.save(state, partial)
        partial.replace(self.path / "snapshot.pt")

    def load_snapshot(self) -> dict[str, Any] | None:
        """The state last saved here, or None. Tensors and plain values only: nothing in it can run code."""
        path = self.path / "snapshot.pt"
        if not path.exists():
            return None
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        return state


def git_revision() -> str:
    """The commit this code is at, `-dirty` if training or the colorizer differ from it, `unknown` without git."""
    room = Path(__file__).parent
    rooms = [str(room), str(room.parent / "worker" / "colorizer")]
    try:
        revision = _git("rev-parse", "HEAD").strip()
        changed = _git("status", "--porcelain", "--", *rooms)
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return f"{revision}-dirty" if changed else revision


def _git(*arguments: str) -> str:
    folder = Path(__file__).parent
    return subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, check=True, timeout=10
    ).stdout


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
