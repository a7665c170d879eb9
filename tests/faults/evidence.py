"""The evidence about one job from outside: the client's ledger, the API, MongoDB, the bucket, the trace."""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from shared.lifecycle import ChunkState
from tests.faults.ledger import Event, sha256
from tests.faults.stage import UPLOAD_SECONDS, Stage
from tests.faults.trace import Call

Document = dict[str, Any]

OWNER = "local"
# The sweep removes what a dead gateway left of an upload once it has been idle for `UPLOAD_SECONDS`, and a chunk of a
# canceled job may be claimed once more and released. The rest is a margin for a busy machine.
SWEEP_SECONDS = UPLOAD_SECONDS + 30.0


@dataclass(frozen=True)
class Evidence:
    tag: str
    # From the client: what it sent, and the ids in the acknowledgments.
    sent: list[Document]
    variants: int
    acknowledged: list[Event]
    requests: list[Event]
    answers: list[Event]
    # From the service.
    status: int
    job: Document | None
    items: list[Document]
    jobs_of_key: list[Document]
    chunks: list[Document]
    uploads: list[Document]
    # SHA-256 and size of every object under the job's prefix.
    objects: dict[str, tuple[str, int]]
    downloads: dict[int, str]
    calls: list[Call]
    # The results of the photographs in an undisturbed run.
    results: dict[str, list[str]]

    @property
    def id(self) -> str:
        return str(self.acknowledged[0]["job"])

    @property
    def document(self) -> Document | None:
        return next((job for job in self.jobs_of_key if job["_id"] == self.id), None)

    @property
    def is_deleted(self) -> bool:
        return any(event["action"] == "delete" for event in self.requests)

    @property
    def stored_items(self) -> list[Document]:
        return [item for chunk in self.chunks for item in chunk["items"]]

    def dump(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.id}.json"
        path.write_text(json.dumps(asdict(self), indent=1, default=str))
        return path


def gather(stage: Stage, tag: str) -> Evidence:
    """The evidence about an acknowledged job."""
    acknowledged = stage.ledger.events("acknowledged", tag=tag)
    assert acknowledged, f"{tag} was never acknowledged"
    job = acknowledged[0]["job"]
    answer = stage.client.request_until_answered("GET", f"/jobs/{job}", accept=(404,))
    known = answer.status_code == 200 and answer.json()["state"] != "deleting"
    items = list(stage.client.items(job)) if known else []
    done = [item["index"] for item in items if item["state"] == "succeeded"]
    contents = [
        stage.client.request_until_answered("GET", f"/jobs/{job}/items/{index}/result").content for index in done[:1]
    ]
    documents = documents_at_rest(stage, job)
    sent = stage.ledger.events("sent", tag=tag)[0]
    return Evidence(
        tag=tag,
        sent=sent["entries"],
        variants=sent["variants"],
        acknowledged=acknowledged,
        requests=stage.ledger.events("granted", job=job),
        answers=stage.ledger.events("seen", job=job),
        status=answer.status_code,
        job=answer.json() if answer.status_code == 200 else None,
        items=items,
        jobs_of_key=list(stage.mongo["jobs"].find({"owner": OWNER, "idempotency.key": tag})),
        chunks=sorted(documents["chunks"], key=lambda chunk: chunk["no"]),
        uploads=documents["uploads"],
        objects={key: (sha256(content), len(content)) for key, content in stage.objects(job).items()},
        downloads=dict(zip(done, map(sha256, contents), strict=False)),
        calls=stage.trace.of(job),
        results=stage.results,
    )


def strays(stage: Stage) -> list[str]:
    """What belongs to no job: unfinished uploads, and the chunks and objects of jobs that do not exist."""
    jobs = {job["_id"] for job in stage.mongo["jobs"].find({}, {"_id": 1})}
    chunks = [chunk["_id"] for chunk in stage.mongo["chunks"].find({}, {"job": 1}) if chunk["job"] not in jobs]
    keys = [key for key in stage.keys("jobs/") if key.split("/")[1] not in jobs]
    return [*(upload["_id"] for upload in stage.mongo["uploads"].find()), *chunks, *keys]


def documents_at_rest(stage: Stage, job: str) -> dict[str, list[Document]]:
    """The documents once its upload has ended and no chunk is leased. After a timeout, whatever is there is returned:
    that is evidence, too.
    """
    deadline = time.monotonic() + SWEEP_SECONDS
    while is_moving(documents := stage.documents(job)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return documents


def is_moving(documents: dict[str, list[Document]]) -> bool:
    return bool(documents["uploads"]) or any(chunk["state"] == ChunkState.LEASED for chunk in documents["chunks"])
