"""Colorizing the example photographs as a user would: with the `photochrom` command, as a bulk job."""

import os
import subprocess
import sys
from pathlib import Path

from infra.standalone.checks import http_is_ok
from infra.standalone.child import describe_exit
from infra.standalone.errors import StackError
from infra.standalone.service import Service
from infra.standalone.supervisor import Supervisor
from infra.standalone.terminal import print_line

EXAMPLES = Path(__file__).parents[2] / "examples" / "photographs"
RESULTS = Path("out") / "examples"
# From a distribution of its own, in client/: no dependency of this one can name it.
CLIENT = Path(sys.executable).with_name("photochrom")
LEFT_OUT = (
    "The examples are left out: this gateway needs an API key, and the `photochrom` command has none. Set "
    "PHOTOCHROM_API_KEY to colorize them."
)


def check_client() -> None:
    """Raises StackError."""
    if not CLIENT.exists():
        raise StackError(f"{CLIENT} is not installed, and the examples need it. Install it with: pip install ./client")


def colorize_examples(supervisor: Supervisor, url: str) -> None:
    if not _is_let_in(url):
        print_line(LEFT_OUT)
        return
    code = supervisor.call(
        Service(
            name="examples",
            command=(str(CLIENT), "submit", str(EXAMPLES), "--wait", "--output", str(RESULTS)),
            environment={"PHOTOCHROM_URL": url},
        )
    )
    if code == 0:
        print_line(f"The colorized examples are in {RESULTS}/")
    elif code is not None:
        print_line(f"Some examples were not colorized: `photochrom submit` {describe_exit(code)}.")


def _is_let_in(url: str) -> bool:
    """Whether no key is needed, or the command has one: in its variable or its file."""
    if http_is_ok(f"{url}/v1/session")(Path()):
        return True
    environment = {**os.environ, "PHOTOCHROM_URL": url}
    return subprocess.run([str(CLIENT), "list"], env=environment, capture_output=True, check=False).returncode == 0
