"""A fake gateway: real HTTP on a real port, jobs in memory, and faults on demand.

It follows the HTTP contract as far as the client uses it, and colorizes nothing.
"""

from __future__ import annotations

import hashlib
import mimetypes
import socket
import threading
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer

from tests.client.fake_handler import Handler, Upload
from tests.client.fake_uploads import FakeFile

DRY_RUN = {
    "items": 98211,
    "skipped": 14,
    "missing": 0,
    "bytes": 184612044800,
    "megapixels": 1178532.0,
    "sampled": 32,
    "complete": True,
    "estimated_seconds": 31578.1,
    "basis": "Your last job went at 3.11 pictures a second.",
}

MODELS = [
    {
        "id": "base",
        "sha256": "65f2" * 16,
        "default": True,
        "hints": True,
        "description": "For photographs of any kind.",
    },
    {"id": "venice-2026", "sha256": "9f86" * 16, "default": False, "hints": False, "description": "\x1b[2JCanals."},
]


@dataclass
class FakeItem:
    """The outcome of one item: its `content`, or an error's code and detail."""

    member: str
    content: bytes | None = None
    error: tuple[str, str] | None = None
    state: str = "succeeded"
    sha256: str | None = None
    media_type: str | None = None

    def variant(self, number: int) -> bytes | None:
        """The first variant is the content; a number is appended to the others."""
        return self.content if self.content is None or number == 1 else self.content + b"%d" % number

    def document(self, job: str, index: int, variants: int) -> dict:
        results = [self._result(number, variants) for number in range(1, variants + 1)]
        results = results if self.state == "succeeded" else []
        return {
            "index": index,
            "name": self.member,
            "member": self.member,
            "state": self.state,
            "result": next(iter(results), None),
            "results": results,
            "error": {"code": self.error[0], "detail": self.error[1]} if self.error else None,
            "timings_ms": None,
            "links": {"self": f"/v1/jobs/{job}/items/{index}"},
        }

    def _result(self, number: int, variants: int) -> dict:
        content = self.variant(number) or b""
        return {
            "variant": number,
            "seed": 0,
            "member": f"variant-{number}/{self.member}" if variants > 1 else self.member,
            "bytes": len(content),
            "sha256": self.sha256 or hashlib.sha256(content).hexdigest(),
            "width": 4,
            "height": 3,
            "media_type": self.media_type or mimetypes.guess_type(self.member)[0] or "image/jpeg",
        }


@dataclass
class FakeJob:
    """A job whose items get their outcome when it ends, or one after another, with the indices of the `finished`."""

    id: str
    items: list[FakeItem]
    source: dict
    options: dict
    state: str = "running"
    error: dict | None = None
    version: int = 1
    run: int = 1
    finished: set[int] | None = None
    renamed: dict = field(default_factory=lambda: {"count": 0, "first": []})
    labels: list[str] = field(default_factory=list)

    @property
    def variants(self) -> int:
        return self.options["variants"]

    def documents(self) -> list[dict]:
        """The documents of its items."""
        documents = [item.document(self.id, index, self.variants) for index, item in enumerate(self.items)]
        if self.is_terminal or self.finished is None:
            return documents
        pending = {"state": "pending", "result": None, "results": [], "error": None}
        return [document if document["index"] in self.finished else document | pending for document in documents]

    def move(self, state: str) -> None:
        self.state = state
        self.version += 1

    def retry(self) -> None:
        self.run += 1
        self.move("queued")

    @property
    def is_terminal(self) -> bool:
        return self.state in {"succeeded", "partially_succeeded", "failed", "expired", "canceled"}

    def document(self) -> dict:
        finished = set(range(len(self.items))) if self.is_terminal else self.finished or set()
        states = [item.state if index in finished else "pending" for index, item in enumerate(self.items)]
        counts = {state: states.count(state) for state in ("pending", "succeeded", "failed", "skipped", "canceled")}
        finished_at = "2026-11-23T05:47:12.500Z" if self.is_terminal else None
        return {
            "id": self.id,
            "kind": "bulk",
            "state": self.state,
            "run": self.run,
            "source": self.source,
            "options": self.options,
            "labels": self.labels,
            "items": len(self.items),
            "counts": counts,
            "skip_reasons": Counter(item.error[0] for item in self.items if item.state == "skipped" and item.error),
            "renamed": self.renamed,
            "progress": 1.0 if self.is_terminal else 0.0,
            "rate": None if self.is_terminal else 3.1,
            "eta_seconds": None if self.is_terminal else 12.0,
            "error": self.error,
            "created_at": "2026-11-23T05:47:00.123Z",
            "sealed_at": "2026-11-23T05:47:01.000Z",
            "started_at": "2026-11-23T05:47:02.000Z",
            "finished_at": finished_at,
            "version": self.version,
            "links": {"self": f"/v1/jobs/{self.id}"},
        }


@dataclass
class FakeGateway:
    """`outcome` holds the items of the next job, and `outcome_state` its state after `polls` polls.
    A job that is being deleted is gone by then. Before, each poll finishes one item of `order`.

    Each fault replaces the response of one request, whichever comes next.
    """

    outcome: list[FakeItem] = field(default_factory=lambda: [FakeItem("a/b.jpg", b"in color")])
    outcome_state: str = "succeeded"
    outcome_error: dict | None = None
    models: list[dict] = field(default_factory=lambda: [dict(model) for model in MODELS])
    reports: dict[str, bytes] = field(default_factory=dict)
    polls: int = 1
    order: list[int] = field(default_factory=list)
    page_size: int = 1000
    jobs: dict[str, FakeJob] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    uploads: list[Upload] = field(default_factory=list)
    files: dict[str, FakeFile] = field(default_factory=dict)
    json_requests: list[dict] = field(default_factory=list)
    dry_run: dict = field(default_factory=lambda: dict(DRY_RUN))
    requests: list[str] = field(default_factory=list)
    faults: deque[Callable[[Handler], None]] = field(default_factory=deque)
    polled: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._server = _Server(("127.0.0.1", self.port), Handler)
        self._server.gateway = self
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def stop(self) -> None:
        """Drop every connection at once, as a killed process does."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server.drop_connections()

    def add_job(self, source: dict, options: dict, labels: tuple[str, ...] = ()) -> FakeJob:
        number = len(self.jobs) + 1
        job = FakeJob(f"job_{number:02}", list(self.outcome), source, options, labels=list(labels))
        self.jobs[job.id] = job
        return job

    def count_poll(self, job: FakeJob) -> None:
        self.polled.set()
        self.polls -= 1
        if self.order and job.state == "running":
            job.finished = (job.finished or set()) | {self.order.pop(0)}
            job.version += 1
        if self.polls > 0 or job.is_terminal:
            return
        if job.state == "deleting":
            del self.jobs[job.id]
        else:
            job.error = self.outcome_error
            job.move(self.outcome_state)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    gateway: FakeGateway

    def __init__(self, *args) -> None:
        super().__init__(*args)
        self._open: set[socket.socket] = set()

    def process_request(self, request, client_address) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def drop_connections(self) -> None:
        for connection in list(self._open):
            with suppress(OSError):  # The client may have cut it already.
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request, client_address) -> None:
        """Silent: tests cut connections on purpose."""
