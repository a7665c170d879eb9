"""Warnings about environment variables that nothing reads, because they are misspelled."""

from __future__ import annotations

import os
import sys
from difflib import get_close_matches

from .formatting import single_line

PREFIX = "PHOTOCHROM_"
CLIENT_NAMES = frozenset({"URL", "API_KEY"})
# The service's own, as in `shared/environment.py`: both may run in one environment.
_SERVICE_NAMES = """
MONGO REDIS STORAGE SOURCES DISPATCH LEASE METRICS LOG_FORMAT
HOST PORT OPEN PUBLIC_URL LIMITS SESSION_HOURS
MODELS_DIR PAGE_DIR DEFAULT_MODEL DEFAULT_KEEP DEFAULT_WEBHOOK WEBHOOKS MAX_BODY_BYTES MAX_PICTURE_BYTES
UPLOAD_PART_BYTES HEAD_SECONDS UPLOAD_IDLE_SECONDS UPLOAD_MIN_BYTES_PER_SECOND DOWNLOAD_IDLE_SECONDS PRESIGNED_SECONDS
SHUTDOWN_SECONDS CONCURRENCY WORKER INGEST RECONCILE HOME WORKERS BIND TLS_CERTIFICATE TLS_KEY
"""
SERVICE_NAMES = frozenset(_SERVICE_NAMES.split())


def warn_of_unknown_variables() -> None:
    """Print a line on stderr for each."""
    for variable in sorted(os.environ):
        name = variable.removeprefix(PREFIX)
        if not variable.startswith(PREFIX) or name.partition("__")[0] in CLIENT_NAMES | SERVICE_NAMES:
            continue
        similar = get_close_matches(name, CLIENT_NAMES, 1, cutoff=0.5)
        meant = f" Did you mean {PREFIX}{similar[0]}?" if similar else ""
        print(f"photochrom: Ignoring the unknown environment variable {single_line(variable)}.{meant}", file=sys.stderr)
