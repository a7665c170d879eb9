"""A job's report, downloaded completely before the first block is returned, so that no caller gets half of it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from photochrom.blocks import BLOCK_BYTES
from photochrom.http.transport import Transport

from .files import disk_errors

SPOOLED_BYTES = 8 * 1024 * 1024
"""A larger report is kept in a temporary file instead of in memory."""


def fetch_report(transport: Transport, path: str, on_incomplete: Callable[[], None] | None) -> Iterator[bytes]:
    with tempfile.SpooledTemporaryFile(SPOOLED_BYTES) as file:
        with disk_errors(Path(tempfile.gettempdir())):
            is_complete = transport.with_retries(lambda: _fetch(transport, path, file))
        if on_incomplete and not is_complete:
            on_incomplete()
        file.seek(0)
        while block := file.read(BLOCK_BYTES):
            yield block


def _fetch(transport: Transport, path: str, file: IO[bytes]) -> bool:
    """Whether the job had ended."""
    file.seek(0)
    file.truncate()
    with transport.stream("GET", path) as response:
        for block in response.iter_bytes(BLOCK_BYTES):
            file.write(block)
        return bool(response.headers.get("Report-Complete", "true") == "true")
