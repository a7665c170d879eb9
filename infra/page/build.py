"""`web/` becomes `web/dist`, which the gateway serves."""

import subprocess
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
    run_npm(repository, "run", "--silent", "build")
    # Written last, so that an interrupted build is repeated.
    built_of.write_text(inputs, encoding="ascii")
    return True


def run_npm(repository: Path, *arguments: str) -> None:
    """In `web/`, with its packages. Raises NodeMissing, BuildFailed."""
    web, environment = repository / "web", environment_with_node(repository / ".venv-node")
    _install_packages(web, environment)
    _npm(web, environment, *arguments)


def _install_packages(web: Path, environment: dict[str, str]) -> None:
    """Those of the lock file, unless they are installed already."""
    lock = sha256((web / "package-lock.json").read_bytes()).hexdigest()
    installed_of = web / "node_modules" / BUILT_OF
    if not _holds(installed_of, lock):
        _npm(web, environment, "ci", "--silent", "--no-progress")
        installed_of.write_text(lock, encoding="ascii")


def _npm(web: Path, environment: dict[str, str], *arguments: str) -> None:
    if subprocess.run(["npm", *arguments], cwd=web, env=environment, check=False).returncode != 0:
        raise BuildFailed(f"`npm {' '.join(arguments)}` failed in {web.name}/.")


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="ascii") == text
