"""Lists of photographs: UTF-8 text, one name a line, as the names are where the photographs are read."""

from collections.abc import Iterable
from pathlib import Path


def read_names(path: Path) -> list[str]:
    """The names, in order. Names may hold spaces; empty lines and a byte order mark do not count.

    Raises OSError, and ValueError if it is no UTF-8 text.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")  # Also turns Windows' ends of lines into one character.
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 text, one name a line") from error
    # Not `splitlines`, which ends lines at characters that names may hold.
    return [line for line in text.split("\n") if line.strip()]


def write_names(path: Path, names: Iterable[str]) -> None:
    """What `read_names` gives back."""
    path.write_text("".join(f"{name}\n" for name in names), encoding="utf-8", newline="\n")
