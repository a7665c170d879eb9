"""A finished job with results and failures."""

import httpx

from shared.documents import Failure
from tests.api.archives import zip_of
from tests.api.stage import JPEG
from tests.api.stand_in import Worker, items_named, skipped_item


def finished_job(
    client: httpx.Client, worker: Worker, media_type: str, variants: int = 1, /, **results: bytes | Failure
) -> str:
    params = {"filename": "scans.zip", "variants": variants}
    job_id = str(client.post("/v1/jobs", params=params, content=zip_of(a=JPEG)).json()["id"])
    names = list(results)
    worker.expand(job_id, [*items_named(*names), skipped_item(len(names), "notes.txt")])
    worker.work(job_id, dict(enumerate(results.values())), media_type)
    return job_id


NAMED: dict[str, bytes | Failure] = {
    "1931/Hafen.jpg": b"harbor" * 1000,
    "1931/München.JPG": b"munich",
    "broken.jpg": Failure(code="truncated", detail="It ends early."),
    "scan.1912": b"no extension",
    "фото/старый.tif": b"another format",
    "last.jpeg": b"\x00" * 10,
}
