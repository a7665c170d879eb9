"""A deployment in a folder of its own, made as docs/containers.md says: from the files of a checkout and init.sh."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.compose.tools import REPOSITORY, tool

COPIED = ("compose.yaml", ".env.example", "infra/docker")
OVERRIDE = REPOSITORY / "tests" / "compose" / "override.yaml"


@dataclass(frozen=True)
class Deployment:
    """`project` names its containers and networks."""

    folder: Path
    project: str
    overrides: tuple[Path, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)

    def compose(self, *arguments: str, seconds: float = 300.0) -> str:
        """stdout of docker-compose."""
        files = [f"--file={path}" for path in (self.folder / "compose.yaml", *self.overrides)]
        command = [tool("docker-compose"), f"--project-name={self.project}", *files, *arguments]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder), **self.environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert done.returncode == 0, f"docker-compose {' '.join(arguments)} failed:\n{done.stderr}"
        return done.stdout

    def config(self, *options: str) -> Any:
        """compose.yaml as docker-compose understands it."""
        return json.loads(self.compose(*options, "config", "--format", "json"))


def prepare(folder: Path) -> None:
    """Copy what a deployment needs, and run init.sh in it."""
    for name in COPIED:
        source, target = REPOSITORY / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy(source, target)
    run_init(folder)


def run_init(folder: Path) -> None:
    subprocess.run(["sh", str(folder / "infra" / "docker" / "init.sh")], check=True, capture_output=True, timeout=60)
