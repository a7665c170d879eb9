"""`web/` becomes `web/dist`, which the gateway serves."""

import subprocess
import sys
from hashlib import sha256
from pathlib import Path

from infra.page.inputs import inputs_of
from infra.page.node import environment_with_node

BUILT_OF = ".inputs"


class BuildFailed(Exception):
    """npm failed. Its output was shown."""


def build_page(repository: Path) -> bool:
    """Whether it had to be built. Raises NodeMissing, BuildFailed."""
    built_of, inputs = repository / "web" / "dist" / BUILT_OF, inputs_of(repository / "web")
    if _holds(built_of, inputs):
        return False
    run_npm(repository, "run", "--silent", "build", quiet=True)
    # Written last, so that an interrupted build is repeated.
    built_of.write_text(inputs, encoding="ascii")
    return True


def run_npm(repository: Path, *arguments: str, quiet: bool = False) -> None:
    """In `web/`, with its packages. Raises NodeMissing, BuildFailed."""
    web, environment = repository / "web", environment_with_node(repository / ".venv-node")
    _install_packages(web, environment)
    _npm(web, environment, *arguments, quiet=quiet)


def _install_packages(web: Path, environment: dict[str, str]) -> None:
    """Those of the lock file, unless they are installed already."""
    lock = sha256((web / "package-lock.json").read_bytes()).hexdigest()
    installed_of = web / "node_modules" / BUILT_OF
    if not _holds(installed_of, lock):
        _npm(web, environment, "ci", "--silent", "--no-progress")
        installed_of.write_text(lock, encoding="ascii")


def _npm(web: Path, environment: dict[str, str], *arguments: str, quiet: bool = False) -> None:
    """`quiet`: its output is shown only if it fails."""
    stdout, stderr = (subprocess.PIPE, subprocess.STDOUT) if quiet else (None, None)
    command = ["npm", *arguments]
    ran = subprocess.run(command, cwd=web, env=environment, check=False, text=True, stdout=stdout, stderr=stderr)
    if ran.returncode != 0:
        print(ran.stdout or "", end="", file=sys.stderr)
        raise BuildFailed(f"`npm {' '.join(arguments)}` failed in {web.name}/.")


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="ascii") == text
