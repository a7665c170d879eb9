"""Dry runs: counts and estimates, with nothing stored or started."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import httpx
import pytest
from PIL import Image

from api.dry_run import service
from shared.documents import Failure
from tests.api.archives import tar_of, zip_of
from tests.api.dry_run.pictures import LARGE, SMALL, tiff_with_its_directory_at_the_end
from tests.api.sources import MANIFEST, PREFIX, only, several, submit
from tests.api.stage import JPEG, Museum, Stage
from tests.api.stand_in import Worker, items_named
from tests.api.uploading import begin, code, uploaded
from tests.zoo.pictures import picture


def dry_run(client: httpx.Client, source: dict[str, Any], **more: Any) -> dict[str, Any]:
    answer = submit(client, source, dry_run=True, **more)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def numbers(estimate: dict[str, Any]) -> tuple[int, int, int, int | None, float | None]:
    return tuple(estimate[name] for name in ("items", "skipped", "missing", "bytes", "megapixels"))  # type: ignore[return-value]


def test_a_prefix_is_counted_and_measured(client: httpx.Client, museum: Museum) -> None:
    museum.put("1931/a.jpg", SMALL)
    museum.put("1931/b.png", LARGE)
    museum.put("1931/readme.txt", b"About these scans.")
    museum.put("1932/c.jpg", SMALL)

    estimate = dry_run(client, PREFIX)

    assert numbers(estimate) == (2, 1, 0, len(SMALL) + len(LARGE), 0.04)
    assert (estimate["sampled"], estimate["complete"]) == (2, True)


def test_a_manifest_is_counted_with_its_missing_objects(client: httpx.Client, museum: Museum) -> None:
    museum.put("a.jpg", SMALL)
    museum.put("lists/1931.csv", b"key,title\na.jpg,A\ngone.jpg,B\nnotes.txt,C\n")

    # The one that exists is extrapolated to both.
    assert numbers(dry_run(client, MANIFEST)) == (2, 1, 1, 2 * len(SMALL), 0.02)


def test_an_uploaded_archive_is_read_by_its_index(client: httpx.Client, stage: Stage) -> None:
    files = {"a.jpg": SMALL, "b.png": LARGE, "c.txt": b"notes"}
    zipped, tarred = uploaded(client, zip_of(**files), "a.zip"), uploaded(client, tar_of(**files), "a.tar")

    estimates = [dry_run(client, only(upload)) for upload in (zipped, tarred)]

    assert {numbers(estimate) for estimate in estimates} == {(2, 1, 0, len(SMALL) + len(LARGE), 0.04)}


def test_uploaded_pictures_are_measured_one_by_one(client: httpx.Client, stage: Stage) -> None:
    tiff = tiff_with_its_directory_at_the_end()
    assert Image.open(io.BytesIO(tiff)).size == (1000, 700)
    uploads = [uploaded(client, content) for content in (tiff, b"nothing known")]

    assert numbers(dry_run(client, only(uploads[0]))) == (1, 0, 0, len(tiff), 0.7)
    assert numbers(dry_run(client, several(*uploads))) == (1, 1, 0, len(tiff), 0.7)


def test_a_picture_of_unknown_size_is_counted(client: httpx.Client, museum: Museum) -> None:
    museum.put("1931/a.jpg", JPEG)

    assert numbers(dry_run(client, PREFIX)) == (1, 0, 0, len(JPEG), None)


def test_nothing_is_stored_and_the_uploads_can_be_submitted_afterwards(client: httpx.Client, stage: Stage) -> None:
    upload = uploaded(client, SMALL)
    before = stage.traces()

    dry_run(client, only(upload))
    dry_run(client, several(upload), options={"vividness": 0.5})

    assert stage.traces() == before
    assert submit(client, only(upload)).status_code == 202


def test_without_a_finished_job_there_is_no_estimate(client: httpx.Client, museum: Museum) -> None:
    museum.put("1931/a.jpg", SMALL)

    estimate = dry_run(client, PREFIX)

    assert estimate["estimated_seconds"] is None
    assert estimate["basis"].startswith(
        "There is no estimate, because none of your archives has been colorized here yet"
    )


def test_the_time_is_estimated_from_the_megapixels_of_recent_jobs(
    client: httpx.Client, museum: Museum, worker: Worker
) -> None:
    job = client.post("/v1/jobs", content=zip_of(a=JPEG)).json()["id"]
    worker.expand(job, items_named("a.jpg", "b.jpg"))
    worker.work(job, {0: b"colored", 1: Failure(code="decode_failed", detail="It is cut off.")})
    past = client.get(f"/v1/jobs/{job}").json()
    museum.put("1931/a.jpg", picture(size=(640, 480)))
    museum.put("1931/b.jpg", picture(size=(640, 480)))

    estimate = dry_run(client, PREFIX)

    started, finished = (datetime.fromisoformat(past[name]) for name in ("sealed_at", "finished_at"))
    # The stand-in's results have 64 × 48 pixels, so these pictures are a hundred times the work.
    assert estimate["estimated_seconds"] == pytest.approx(100 * (finished - started).total_seconds(), rel=0.1, abs=0.5)
    assert estimate["basis"].startswith("Your last job (2 pictures of 0.00307 megapixels on average) ran at ")


def test_every_variant_counts_as_a_picture(client: httpx.Client, museum: Museum, worker: Worker) -> None:
    job = client.post("/v1/jobs", params={"variants": 2}, content=zip_of(a=JPEG)).json()["id"]
    worker.expand(job, items_named("a.jpg", "b.jpg"))
    worker.work(job, {0: b"colored", 1: b"colored"})
    museum.put("1931/a.jpg", SMALL)

    single, fourfold = (dry_run(client, PREFIX, options={"variants": variants}) for variants in (1, 4))

    assert single["basis"].startswith("Your last job (4 pictures of 0.00307 megapixels on average) ran at ")
    assert fourfold["estimated_seconds"] == pytest.approx(4 * single["estimated_seconds"], abs=0.5)
    assert (single["items"], fourfold["items"]) == (1, 1)


def test_errors_that_would_fail_the_job_are_reported_in_advance(client: httpx.Client, museum: Museum) -> None:
    museum.put("lists/1931.csv", b"file,title\na.jpg,A\n")
    cut = uploaded(client, tar_of(a=JPEG)[:700])

    assert code(submit(client, MANIFEST, dry_run=True)) == (422, "manifest_invalid")
    assert code(submit(client, {**MANIFEST, "key": "gone.csv"}, dry_run=True)) == (422, "manifest_missing")
    assert code(submit(client, {**PREFIX, "bucket": "unheard-of"}, dry_run=True)) == (422, "bucket_not_allowed")
    assert code(submit(client, {**PREFIX, "bucket": "nowhere"}, dry_run=True)) == (422, "bucket_refused")
    assert code(submit(client, only(cut), dry_run=True)) == (422, "archive_truncated")
    assert code(submit(client, only(begin(client, JPEG)["id"]), dry_run=True)) == (409, "upload_not_completed")


def test_a_compressed_tar_is_unsupported(client: httpx.Client, stage: Stage) -> None:
    upload = uploaded(client, tar_of("w:gz", **{"a.jpg": SMALL}))

    assert code(submit(client, only(upload), dry_run=True)) == (422, "dry_run_unsupported")


@pytest.mark.parametrize("query", ["?dry_run=true", "?dry_run=false"])
def test_a_body_has_no_dry_run(client: httpx.Client, stage: Stage, query: str) -> None:
    answer = client.post(f"/v1/jobs{query}", content=JPEG)

    assert code(answer) == (422, "invalid_option")
    assert "upload it" in answer.json()["detail"]
    assert stage.traces()["jobs"] == []


def test_counting_stops_at_its_timeout(client: httpx.Client, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = uploaded(client, zip_of(**{f"{number}.jpg": SMALL for number in range(2000)}))
    monkeypatch.setattr(service, "COUNTING_SECONDS", 0.0)

    estimate = dry_run(client, only(upload))

    assert estimate["complete"] is False
    assert estimate["items"] < 2000


def test_other_requests_are_served_while_a_hundred_thousand_entries_are_counted(
    client: httpx.Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "COUNTING_SECONDS", 600.0)
    upload = uploaded(client, zip_of(**{f"{number}.jpg": b"x" for number in range(100_000)}), "many.zip")
    served = 0

    with ThreadPoolExecutor(1) as pool, httpx.Client(base_url=stage.url, timeout=100) as other:
        counting = pool.submit(dry_run, other, only(upload))
        while not counting.done():
            assert client.get("/livez").status_code == 200
            served += not counting.done()

    estimate = counting.result()
    assert (estimate["items"], estimate["bytes"], estimate["sampled"], estimate["complete"]) == (
        100_000,
        100_000,
        32,
        True,
    )
    assert served > 3
