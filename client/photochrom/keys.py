"""The API key: given, from the environment, or from a file that only its owner can read. Never from a command line,
which every user of a machine can see.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from .errors import KeyFileUnsafe

VARIABLE = "PHOTOCHROM_API_KEY"
_OTHERS_CAN_READ = 0o077


@dataclass(frozen=True, slots=True)
class ApiKey:
    """`origin` says where it came from, for people who wonder why it was refused."""

    text: str = field(repr=False)
    origin: str


def find_key(given: str | None) -> ApiKey | None:
    """Raise `KeyFileUnsafe` for a file that others can read."""
    if given:
        return ApiKey(given, "the argument `api_key`")
    if text := os.environ.get(VARIABLE, "").strip():
        return ApiKey(text, VARIABLE)
    path = key_file()
    try:
        text, mode = path.read_text(encoding="utf-8").strip(), path.stat().st_mode
    except OSError:
        return None
    if os.name == "posix" and mode & _OTHERS_CAN_READ:
        raise KeyFileUnsafe(f"Other users can read the API key in {path}. Run: chmod 600 {path}")
    return ApiKey(text, str(path)) if text else None


def key_file() -> Path:
    """`~/.config/photochrom/key`, or the same below XDG_CONFIG_HOME."""
    folder = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(folder) / "photochrom" / "key"
