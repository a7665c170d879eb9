"""`--help` of a process names what it needs and what it can be given."""

import subprocess
import sys

import pytest

from shared.startup import required_variables
from worker.process.settings import WorkerSettings


@pytest.mark.parametrize(
    ("process", "explained"),
    [
        ("worker", ["ingest ", "interactive ", "bulk ", "--role bulk", "PHOTOCHROM_WORKER__DEVICE"]),
        ("api", ["python -m api"]),
        ("worker.reconcile", ["python -m worker.reconcile"]),
    ],
)
def test_help_explains_roles_variables_and_examples(process, explained):
    shown = subprocess.run(
        [sys.executable, "-m", process, "--help"], capture_output=True, text=True, timeout=60, check=True
    ).stdout

    for text in (*explained, *dict(required_variables(WorkerSettings)), "_FILE", "docs/settings.md"):
        assert text in shown
