"""The fake gateway's routes, and faults that replace the response of a request."""

from __future__ import annotations

import hashlib
import io
import json
import socket
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qsl, urlsplit

from tests.client.fake_uploads import respond_to_upload


@dataclass(frozen=True)
class Upload:
    """A request body that arrived completely, with its headers and query."""

    body: bytes
    headers: dict[str, str]
    query: dict[str, str]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._route()

    def do_POST(self) -> None:
        self._route()

    def do_PUT(self) -> None:
        self._route()

    def do_DELETE(self) -> None:
        self._route()

    def log_message(self, *args) -> None:
        pass

    def _route(self) -> None:
        self.gateway = self.server.gateway
        address = urlsplit(self.path)
        pairs = parse_qsl(address.query)
        self.query = dict(pairs)
        self.labels = [value for name, value in pairs if name == "label"]
        self.gateway.requests.append(f"{self.command} {address.path}")
        if self.gateway.faults:
            self.gateway.faults.popleft()(self)
        else:
            self.dispatch()

    def dispatch(self) -> None:
        path = urlsplit(self.path).path
        match [self.command, *path.strip("/").split("/")[1:]]:
            case [method, "uploads", *rest]:
                respond_to_upload(self, method, rest)
            case ["GET", "models"]:
                self.respond(200, {"data": self.gateway.models})
            case ["POST", "jobs"] if self.headers["Content-Type"] == "application/json":
                self._submit_source()
            case ["POST", "jobs"]:
                self._submit()
            case ["GET", "jobs"]:
                jobs = [job.document() for job in reversed(self.gateway.jobs.values())]
                jobs = [job for job in jobs if set(self.labels) <= set(job["labels"])]
                self._page([job for job in jobs if job["state"] == self.query.get("state", job["state"])])
            case [_, "jobs", job_id, *_] if job_id not in self.gateway.jobs:
                self.problem(404, "job_not_found", f"There is no job {job_id}.")
            case ["GET", "jobs", job_id]:
                self._poll(self.gateway.jobs[job_id])
            case ["DELETE", "jobs", job_id]:
                self.gateway.jobs[job_id].move("deleting")
                self.respond(202, self.gateway.jobs[job_id].document())
            case [_, "jobs", job_id, *_] if self.gateway.jobs[job_id].state == "deleting":
                self.problem(404, "job_deleted", "The job is being deleted.")
            case ["POST", "jobs", job_id, "cancel"]:
                self.gateway.jobs[job_id].move("canceled")
                self.respond(202, self.gateway.jobs[job_id].document())
            case ["POST", "jobs", job_id, "retry"]:
                if body := self.read_body():
                    self.gateway.json_requests.append(json.loads(body))
                self._retry(self.gateway.jobs[job_id])
            case ["GET", "jobs", job_id, "report.jsonl" | "report.csv" as name]:
                complete = {"Report-Complete": "true" if self.gateway.jobs[job_id].is_terminal else "false"}
                self.respond_bytes(200, self.gateway.reports[name], "text/plain", complete)
            case ["GET", "jobs", job_id, "items"]:
                documents = self.gateway.jobs[job_id].documents()
                self._page([item for item in documents if item["state"] == self.query.get("state", item["state"])])
            case ["GET", "jobs", job_id, "items", index]:
                self.respond(200, self.gateway.jobs[job_id].documents()[int(index)])
            case ["GET", "jobs", job_id, "items", index, "result"]:
                content = self.gateway.jobs[job_id].items[int(index)].variant(int(self.query.get("variant", 1)))
                self.respond_bytes(200, content, "image/jpeg")

    def _submit(self) -> None:
        body = self.read_body()
        self.gateway.uploads.append(Upload(body, dict(self.headers), self.query))
        source = {
            "type": "upload",
            "filename": self.query.get("filename"),
            "media_type": "application/zip",
            "bytes": len(body),
            "sha256": hashlib.sha256(body).hexdigest(),
        }
        self._accept(source, self.query, self.labels)

    def _submit_source(self) -> None:
        document = json.loads(self.read_body())
        self.gateway.json_requests.append(document)
        if document.get("dry_run"):
            self.respond(200, self.gateway.dry_run)
        else:
            self._accept({"type": document["source"]["type"]}, document["options"], document.get("labels", []))

    def _accept(self, source: dict, options: dict, labels: list[str]) -> None:
        key = self.headers["Idempotency-Key"]
        if key not in self.gateway.keys:
            defaults = {"model": "base", "vividness": 1.0, "format": "same", "quality": None, "hints": [], "seed": 0}
            options = {**defaults, "variants": int(options.get("variants", 1))}
            self.gateway.keys[key] = self.gateway.add_job(source, options, labels=tuple(labels)).id
        self.respond(202, self.gateway.jobs[self.gateway.keys[key]].document())

    def _poll(self, job) -> None:
        self.gateway.count_poll(job)
        if self.headers["If-None-Match"] == f'"{job.version}"':
            self.respond_bytes(304, b"", None)
        else:
            self.respond(200, job.document(), {"ETag": f'"{job.version}"'})

    def _retry(self, job) -> None:
        if not job.is_terminal:
            self.problem(409, "not_finished", f"The job is {job.state}.")
        elif job.state == "succeeded":
            self.problem(409, "nothing_to_retry", "Every picture of the job succeeded.")
        else:
            job.retry()
            self.respond(202, job.document())

    def _page(self, documents: list[dict]) -> None:
        after = int(self.query.get("after", 0))
        size = min(self.gateway.page_size, int(self.query.get("limit", 100)))
        following = after + size
        cursor = str(following) if following < len(documents) else None
        self.respond(200, {"data": documents[after:following], "next_cursor": cursor})

    def read_body(self) -> bytes:
        if self.headers["Transfer-Encoding"] != "chunked":
            return self.rfile.read(int(self.headers["Content-Length"]))
        blocks = []
        while length := int(self.rfile.readline(), 16):
            blocks.append(self.rfile.read(length))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(blocks)

    def respond(self, status: int, document: dict, headers: dict[str, str] | None = None) -> None:
        self.respond_bytes(status, json.dumps(document).encode(), "application/json", headers)

    def respond_bytes(
        self, status: int, body: bytes, media_type: str | None, headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Type": media_type or "",
            "X-Request-Id": "req_1",
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        if status not in {204, 304}:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if status != 204:
            self.wfile.write(body)

    def problem(
        self, status: int, code: str, detail: str, headers: dict[str, str] | None = None, **more: object
    ) -> None:
        document = {
            "type": "about:blank",
            "title": code,
            "status": status,
            "detail": detail,
            "code": code,
            **more,
        }
        self.respond_bytes(status, json.dumps(document).encode(), "application/problem+json", headers)

    def cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


Fault = Callable[[Handler], None]


def cut_after_body(handler: Handler) -> None:
    """The body arrives, the response does not."""
    handler.read_body()
    handler.cut()


def cut_at_once(handler: Handler) -> None:
    handler.cut()


def cut_after_dispatch(handler: Handler) -> None:
    """The request is carried out, but its response is lost."""
    handler.wfile = io.BytesIO()
    handler.dispatch()
    handler.cut()


def cut_halfway(content: bytes) -> Fault:
    """Announce all of `content`, but send only half of it."""

    def fault(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content[: len(content) // 2])
        handler.cut()

    return fault


def refuse(status: int, code: str, detail: str, headers: dict[str, str] | None = None, **more: object) -> Fault:
    """Read the body if there is one, and respond with a problem."""

    def fault(handler: Handler) -> None:
        if handler.command in {"POST", "PUT"}:
            handler.read_body()
        handler.problem(status, code, detail, headers, **more)

    return fault


def pass_through(handler: Handler) -> None:
    """No fault: let one request through before the next fault."""
    handler.dispatch()
