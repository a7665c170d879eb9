"""The embedded stack's database: SecantusDB's own command, which ends when its storage engine has given up.

A disk that was full for a moment makes WiredTiger panic for good. mongod ends then; SecantusDB 0.7.0b3 goes on and
answers every request with an internal error, which looks like a stack that is up.
"""

import logging
import os
import sys

from secantus.cli import main

PANIC = "WT_PANIC"
EXIT_CODE = 14  # mongod's, for an unrecoverable error.


class EndOnPanic(logging.Handler):
    """Listens to what the server logs, which is the only place where a panic shows."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if PANIC in str(error):
            try:
                sys.stderr.write(f"The storage engine gave up: {error}. Is the disk full?\n")
                sys.stderr.flush()
            finally:  # On a full disk, that may fail, too.
                os._exit(EXIT_CODE)


if __name__ == "__main__":
    logging.getLogger("secantus").addHandler(EndOnPanic(logging.ERROR))
    sys.exit(main())
