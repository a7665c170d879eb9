"""The target path of a result: its path in `results.zip`, always below the chosen directory."""

from __future__ import annotations

import os
from pathlib import Path

from photochrom.errors import UnsafeName

FORBIDDEN_CHARACTERS = "\0\\:" if os.name == "nt" else "\0"


def result_path(directory: Path, member: str) -> Path:
    """The result's target path. Raise `UnsafeName` if that is outside `directory`, also by way of a symbolic link."""
    parts = member.split("/")
    if any(part in {"", ".", ".."} for part in parts) or any(character in member for character in FORBIDDEN_CHARACTERS):
        raise UnsafeName(f"the name {member!r} leads outside the directory")
    try:
        os.fsencode(member)
        target = directory / member
        is_outside = not target.parent.resolve().is_relative_to(directory.resolve())
    except (ValueError, RuntimeError, OSError) as error:
        raise UnsafeName(f"the name {member!r} is not valid on this machine") from error
    if is_outside:
        raise UnsafeName(f"a symbolic link in {target.parent} leads outside the directory")
    return target
