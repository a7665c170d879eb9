"""What starts often imports only what it needs: a decoder for each picture that kills one, the stack's commands."""

import subprocess
import sys

import pytest

from tests.fixtures.stack import REPOSITORY

# structlog imports rich.
HEAVY = {"structlog", "rich", "redis", "pymongo", "torch"}


@pytest.mark.parametrize("module", ["worker.sandbox.child", "infra.standalone.__main__"])
def test_no_heavy_library_is_imported(module: str) -> None:
    program = f"import sys, {module}; print(sorted({HEAVY} & set(sys.modules)))"

    result = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True)

    assert result.stdout == "[]\n"
