"""The log files of the stack: one per service, new at each start; the previous one is kept."""

from pathlib import Path

TAIL_BYTES = 16_384


def rotate(log: Path) -> None:
    """Start a new log; the previous one becomes `<name>.log.1`."""
    if log.exists():
        log.replace(log.with_name(log.name + ".1"))


def tail(log: Path, lines: int = 12) -> str:
    """The last lines, indented, or a note that there are none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - TAIL_BYTES))
            text = file.read().decode(errors="replace")
    except OSError:
        text = ""
    last = [line.rstrip() for line in text.splitlines() if line.strip()][-lines:]
    return "\n".join(f"    {line}" for line in last) or "    (empty)"
