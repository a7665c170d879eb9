"""`python -m infra.standalone.early`: whether the port is free, checked before minutes go into an installation.

Needs nothing that is not in Python itself.
"""

import os
import sys
from pathlib import Path

from infra.standalone.address import gateway_address
from infra.standalone.errors import StackError


def main() -> int:
    home = Path(os.environ.get("PHOTOCHROM_HOME") or ".photochrom")
    try:
        # The port of a stack that runs here is in use, of course; the command itself has a better sentence for that.
        if not (home / "state.json").exists():
            gateway_address(os.environ)
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
