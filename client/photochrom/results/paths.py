"""Where a result is written: under the name that `results.zip` has for it, and always below the chosen directory."""

from __future__ import annotations

import os
from pathlib import Path

from photochrom.errors import UnsafeName

FORBIDDEN_CHARACTERS = "\0\\:" if os.name == "nt" else "\0"


def result_path(directory: Path, member: str) -> Path:
    """Where the result belongs. Raise `UnsafeName` if that is not below `directory`, with links there followed."""
    parts = member.split("/")
    if any(part in {"", ".", ".."} for part in parts) or any(each in member for each in FORBIDDEN_CHARACTERS):
        raise UnsafeName(f"the name {member!r} does not stay inside the directory")
    try:
        os.fsencode(member)
        target = directory / member
        leads_out = not target.parent.resolve().is_relative_to(directory.resolve())
    except (ValueError, RuntimeError, OSError) as error:
        raise UnsafeName(f"the name {member!r} cannot be used on this machine") from error
    if leads_out:
        raise UnsafeName(f"a link in {target.parent} leads out of the directory")
    return target
