"""Programs that are not dependencies of the project. A test skips where the one that it needs is missing."""

import shutil
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
INSTALLED = REPOSITORY / ".venv-tools" / "bin"


def tool(name: str) -> str:
    """Its path. Skips the test where there is none."""
    path = shutil.which(name, path=str(INSTALLED)) or shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed; `make tools` installs it")
    return path
