"""Lists of photographs: UTF-8 text with one name a line, each as `photographs.py` names the photograph."""

from collections.abc import Iterable
from pathlib import Path


def read_names(path: Path) -> list[str]:
    """The names, in order. Names may hold spaces; empty lines and a byte order mark are ignored.

    Raises OSError, and ValueError if the file is not UTF-8 text.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")  # Also reads Windows line endings.
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8. Save it as UTF-8 text with one name a line.") from error
    # Not `splitlines`: it also splits at characters that names may contain.
    return [line for line in text.split("\n") if line.strip()]


def write_names(path: Path, names: Iterable[str]) -> None:
    """Write a list that `read_names` reads back unchanged."""
    path.write_text("".join(f"{name}\n" for name in names), encoding="utf-8", newline="\n")
