"""The settings of the stack that runs in the data folder, so that on a laptop no variable needs to be set."""

import os
from pathlib import Path

from infra.standalone.home import DataFolder

NEEDED = "PHOTOCHROM_MONGO__URL"


def use_running_stack() -> None:
    """Does nothing where the environment names a database, or where no embedded stack runs."""
    folder = Path(os.environ.get("PHOTOCHROM_HOME") or ".photochrom")
    if NEEDED in os.environ or f"{NEEDED}_FILE" in os.environ or not folder.is_dir():
        return
    if state := DataFolder(folder, create=False).state():
        for name, value in state.environment.items():
            os.environ.setdefault(name, value)
