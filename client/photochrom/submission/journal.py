"""What has been sent of uploads that are not complete, in small files that outlive the process."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from photochrom.sources.local import Source

LIFETIME_SECONDS = 24 * 3600.0
"""As long as the service keeps an upload without activity."""


@dataclass(frozen=True, slots=True)
class Record:
    """An upload of the service, and the ETags of the parts that it has, by their numbers."""

    upload: str
    etags: dict[int, str] = field(default_factory=dict)


class UploadJournal:
    """The records of one service. A source without an identity, such as a stream, has none."""

    def __init__(self, directory: Path, service: str) -> None:
        """Raise `OSError` if the directory cannot be created."""
        self._directory, self._service = directory, service
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._remove_old()

    def find(self, source: Source) -> Record | None:
        path = self._path(source)
        if path is None or not path.exists():
            return None
        document = json.loads(path.read_text())
        return Record(document["upload"], {int(number): etag for number, etag in document["etags"].items()})

    def save(self, source: Source, record: Record) -> None:
        """Atomically: an interruption leaves the record before or after."""
        if path := self._path(source):
            draft = path.with_suffix(f".{secrets.token_hex(4)}")
            draft.write_text(json.dumps({"upload": record.upload, "etags": record.etags}))
            draft.replace(path)

    def forget(self, source: Source) -> None:
        if path := self._path(source):
            path.unlink(missing_ok=True)

    def _path(self, source: Source) -> Path | None:
        if source.identity is None:
            return None
        key = f"{self._service}\n{source.filename}\n{source.total}\n{source.identity}"
        return self._directory / f"{hashlib.sha256(key.encode('utf-8', 'surrogateescape')).hexdigest()}.json"

    def _remove_old(self) -> None:
        for path in self._directory.iterdir():
            # Another process may have removed it.
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < time.time() - LIFETIME_SECONDS:
                    path.unlink()


def open_journal(service: str) -> UploadJournal | None:
    """In the user's folder for state (XDG). None if that cannot be written: then uploads start from the beginning."""
    state_home = os.environ.get("XDG_STATE_HOME")
    try:
        state = Path(state_home) if state_home else Path("~/.local/state").expanduser()
        return UploadJournal(state / "photochrom" / "uploads", service)
    except (OSError, RuntimeError):
        return None
