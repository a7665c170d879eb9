"""The embedded stack's database: SecantusDB's command, but it exits when its storage engine panics.

If the disk is full even for a moment, WiredTiger panics and cannot recover. mongod exits then; SecantusDB 0.7.0b3 keeps
running and responds to every request with an internal error, so the stack looks as if it were up. The supervisor starts
it again, until there is space.
"""

import logging
import os
import sys

from secantus.cli import main

from infra.standalone.errors import DATABASE_FAILED as EXIT_CODE

PANIC = "WT_PANIC"


class ExitOnPanic(logging.Handler):
    """Watches the server's log records, the only place where a panic is visible."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if PANIC in str(error):
            try:
                sys.stderr.write(f"The storage engine failed: {error}. Is the disk full?\n")
                sys.stderr.flush()
            finally:  # On a full disk, the write may fail as well.
                os._exit(EXIT_CODE)


if __name__ == "__main__":
    logging.getLogger("secantus").addHandler(ExitOnPanic(logging.ERROR))
    sys.exit(main())
