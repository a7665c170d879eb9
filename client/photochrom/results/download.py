"""Downloads results one by one: verified, written atomically, never outside the directory."""

from __future__ import annotations

import hashlib
import os
import stat
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from photochrom.blocks import BLOCK_BYTES
from photochrom.errors import (
    JobDeleted,
    NotFound,
    PhotochromError,
    ResultCorrupt,
    UnexpectedAnswer,
    UnsafeName,
)
from photochrom.http.transport import Transport
from photochrom.jobs.addresses import result_url
from photochrom.responses import Item, ItemResult

from .files import cannot_write, disk_errors, whole_file
from .paths import result_path

CONNECTIONS = 4


@dataclass(frozen=True, slots=True)
class Fetched:
    """The outcome of one result: written, already present (`kept`), or left out because of `reason`."""

    item: Item
    result: ItemResult
    outcome: Literal["written", "kept", "left_out"]
    reason: str = ""


OnFetched = Callable[[Fetched], None]


@dataclass(frozen=True, slots=True)
class Download:
    """The outcome of a download; `left_out` are the results that could not be fetched or written."""

    directory: Path
    written: int
    kept: int
    left_out: tuple[Fetched, ...]


@dataclass(slots=True)
class Tally:
    """What becomes a `Download` when no more results come."""

    directory: Path
    written: int = 0
    kept: int = 0
    left_out: list[Fetched] = field(default_factory=list)

    def add(self, fetched: Fetched) -> None:
        self.written += fetched.outcome == "written"
        self.kept += fetched.outcome == "kept"
        if fetched.outcome == "left_out":
            self.left_out.append(fetched)

    def total(self) -> Download:
        return Download(self.directory, self.written, self.kept, tuple(self.left_out))


class Downloader:
    """Downloads the results of one job over a few connections, in constant memory."""

    def __init__(self, transport: Transport, job_path: str, directory: Path, *, overwrite: bool) -> None:
        self._transport = transport
        self._job_path = job_path
        self._directory = directory
        self._overwrite = overwrite
        self._stopped = threading.Event()

    def run(self, items: Iterable[Item], on_fetched: OnFetched | None) -> Download:
        """Failures of single pictures are left out; failures of the service or the disk are raised."""
        tally = Tally(self._directory)
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise cannot_write(self._directory, error) from error
        with closing(self._fetch_all(items)) as all_fetched:
            for fetched in all_fetched:
                tally.add(fetched)
                if on_fetched:
                    on_fetched(fetched)
        return tally.total()

    def _fetch_all(self, items: Iterable[Item]) -> Generator[Fetched, None, None]:
        pending: deque[Future[Fetched]] = deque()
        with ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="photochrom-download") as pool:
            try:
                for item, result in _results(items):
                    pending.append(pool.submit(self._fetch, item, result))
                    if len(pending) >= 2 * CONNECTIONS:
                        yield pending.popleft().result()
                while pending:
                    yield pending.popleft().result()
            except BaseException:
                # Including Ctrl-C and a closed generator: each thread stops after its current block.
                self._stopped.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _fetch(self, item: Item, record: ItemResult) -> Fetched:
        try:
            target = result_path(self._directory, record.member)
            with disk_errors(target):
                return self._place(item, record, target)
        except JobDeleted:
            raise
        except (UnsafeName, ResultCorrupt, NotFound) as error:
            return Fetched(item, record, "left_out", error.detail)

    def _place(self, item: Item, record: ItemResult, target: Path) -> Fetched:
        if _has_content(target, record):
            return Fetched(item, record, "kept")
        if os.path.lexists(target) and not self._overwrite:
            return Fetched(item, record, "left_out", "a different file of that name already exists")
        target.parent.mkdir(parents=True, exist_ok=True)
        # A thread that Ctrl-C caught while it started is not waited for: it must not report its broken connection.
        self._transport.with_retries(
            lambda: self._write(item, record, target), may_repeat=lambda: not self._stopped.is_set()
        )
        return Fetched(item, record, "written")

    def _write(self, item: Item, record: ItemResult, target: Path) -> None:
        self._raise_if_stopped()
        digest = hashlib.sha256()
        with (
            self._transport.stream("GET", result_url(self._job_path, item.index, record.variant)) as response,
            whole_file(target) as file,
        ):
            for block in response.iter_bytes(BLOCK_BYTES):
                self._raise_if_stopped()
                digest.update(block)
                file.write(block)
            _verify(digest.hexdigest(), record, item)

    def _raise_if_stopped(self) -> None:
        if self._stopped.is_set():
            raise PhotochromError("The download was stopped.")


def verified(item: Item, variant: int, content: bytes) -> bytes:
    """Return `content` if it matches the record of that result. Raise `ResultCorrupt` if not."""
    record = next((result for result in item.results if result.variant == variant), None)
    if record is None:
        raise UnexpectedAnswer(f"The service returned variant {variant} of item {item.index}, but has no record of it.")
    _verify(hashlib.sha256(content).hexdigest(), record, item)
    return content


def _verify(sha256: str, record: ItemResult, item: Item) -> None:
    if sha256 != record.sha256:
        raise ResultCorrupt(f"the downloaded bytes of item {item.index} do not match its recorded SHA-256")


def _results(items: Iterable[Item]) -> Iterator[tuple[Item, ItemResult]]:
    """The results of succeeded items."""
    for item in items:
        if not item.results:
            raise UnexpectedAnswer(f"Item {item.index} has succeeded, but the service has no record of its result.")
        yield from ((item, result) for result in item.results)


def _has_content(path: Path, record: ItemResult) -> bool:
    """Whether `path` is a regular file, not a link, with the recorded bytes."""
    try:
        status = path.lstat()
    except OSError:
        return False
    if not stat.S_ISREG(status.st_mode) or status.st_size != record.bytes:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == record.sha256
