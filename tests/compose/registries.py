"""This machine's configuration of pip and npm, as files that a build mounts, so that it gets into no layer."""

import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


def mounts(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Sources and targets. `folder` is for what has to be written."""
    yield from _pip(folder / "pip.conf")
    yield from _npm(folder / "npmrc")
    yield CERTIFICATES, CERTIFICATES


def _pip(config: Path) -> Iterator[tuple[Path, Path]]:
    """A file with pip's options, and every local file and folder that they name."""
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    # Variables come first in the list, and override files.
    lines = [line.split("=", 1) for line in reversed(listed.stdout.splitlines())]
    options = {name.rpartition(".")[2]: " ".join(shlex.split(quoted)[0].split()) for name, quoted in lines}
    config.write_text("\n".join(["[global]", *(f"{name} = {value}" for name, value in options.items()), ""]))
    yield config, Path("/etc/pip.conf")
    local = {path for value in options.values() for word in value.split() if (path := _local(word))}
    yield from ((path, path) for path in sorted(local - {CERTIFICATES}))


def _npm(config: Path) -> Iterator[tuple[Path, Path]]:
    """npm trusts only the authorities that it contains, unless a file names others."""
    lines = [f"cafile={CERTIFICATES}"]
    if npm := shutil.which("npm"):
        registry = subprocess.run([npm, "config", "get", "registry"], capture_output=True, text=True, check=True).stdout
        lines.append(f"registry={registry.strip()}")
    config.write_text("\n".join([*lines, ""]))
    yield config, Path("~root").expanduser() / ".npmrc"  # Builds run as root.


def _local(word: str) -> Path | None:
    """The file or folder that an option names. Packages lie beside an index, so that is its parent folder."""
    path = Path(urlsplit(word).path).parent if word.startswith("file:") else Path(word)
    return path if path.is_absolute() and path.exists() else None
