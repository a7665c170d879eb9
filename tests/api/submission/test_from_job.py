"""A job of another job's pictures: what it shares, what it takes over, and what is refused."""

from typing import Any

import httpx
import pytest

from shared.documents import Failure
from shared.jobs.sharing import SharedSources
from shared.jobs.store import JobStore
from shared.lifecycle import JobState
from tests.api.archives import zip_of
from tests.api.finished_job import NAMED, finished_job
from tests.api.sources import PREFIX, only, submit
from tests.api.stage import JPEG, Museum, Stage
from tests.api.stand_in import Worker, items_named
from tests.api.uploading import code, uploaded


def of(job: str, *items: int) -> dict[str, Any]:
    return {"type": "job", "job": job, "items": list(items) or None}


@pytest.fixture
def origin(client: httpx.Client, worker: Worker) -> str:
    """Six items, of which one failed, and a skipped one; four items a chunk."""
    return finished_job(client, worker, "image/jpeg", **NAMED)


def stored(stage: Stage, job_id: str) -> Any:
    return stage.portal.call(stage.gateway.database["jobs"].find_one, {"_id": job_id})


def test_a_new_job_colorizes_the_same_pictures_with_other_options(
    client: httpx.Client, stage: Stage, origin: str
) -> None:
    before = stage.traces()["objects"]

    answer = submit(client, of(origin), options={"vividness": 1.3}, labels=["second"])

    assert answer.status_code == 202
    job = answer.json()
    assert (job["kind"], job["state"], job["items"]) == ("bulk", "queued", None)
    assert job["source"] == {"type": "job", "job": origin, "items": None, "filename": "scans.zip"}
    assert (job["options"]["vividness"], job["labels"]) == (1.3, ["second"])
    assert stage.traces()["objects"] == before
    document = stored(stage, job["id"])
    assert (document["source"]["root"], document["source"]["count"], document["chunk_items"]) == (origin, 7, 4)


def test_a_selection_is_in_ascending_order(client: httpx.Client, stage: Stage, origin: str) -> None:
    job = submit(client, of(origin, 5, 0, 2, 0)).json()

    assert (job["kind"], job["source"]["items"]) == ("bulk", [0, 2, 5])


def test_a_chain_shares_the_source_of_its_first_job(client: httpx.Client, stage: Stage, origin: str) -> None:
    first = submit(client, of(origin, 4)).json()["id"]

    second = submit(client, of(first)).json()

    assert second["source"]["job"] == first
    assert stored(stage, second["id"])["source"]["root"] == origin


def test_one_picture_is_a_single_job_that_takes_hints(client: httpx.Client, worker: Worker, origin: str) -> None:
    hints = [{"x": 0.5, "y": 0.5, "color": "#b03020"}]

    job = submit(client, of(origin, 4), options={"hints": hints}).json()

    assert (job["kind"], job["items"], job["options"]["hints"]) == ("single", 1, hints)
    original = client.get(f"/v1/jobs/{origin}/items/4").json()
    item = client.get(f"/v1/jobs/{job['id']}/items/0").json()
    assert (item["name"], item["state"], item["results"]) == (original["name"], "pending", [])
    assert job["source"]["filename"] == "старый.tif"
    worker.finish_single(job["id"], b"colored anew")
    assert client.get(f"/v1/jobs/{job['id']}/items/0/result").content == b"colored anew"
    assert client.get(f"/v1/jobs/{origin}/items/4/result").content == NAMED["фото/старый.tif"]
    assert client.get(f"/v1/jobs/{job['id']}").json()["state"] == "succeeded"


def test_a_failed_picture_is_tried_again(client: httpx.Client, worker: Worker, origin: str) -> None:
    job = submit(client, of(origin, 2)).json()

    assert job["kind"] == "single"
    assert client.get(f"/v1/jobs/{job['id']}/items/0").json()["error"] is None


def test_a_skipped_entry_stays_skipped(client: httpx.Client, origin: str) -> None:
    job = submit(client, of(origin, 6)).json()

    assert (job["kind"], job["skip_reasons"]) == ("single", {"not_an_image": 1})
    job = client.get(f"/v1/jobs/{job['id']}").json()
    assert (job["state"], job["error"]["code"]) == ("failed", "empty_archive")


def test_hints_are_for_one_picture(client: httpx.Client, stage: Stage, origin: str) -> None:
    hints = [{"x": 0.5, "y": 0.5, "color": "#b03020"}]

    assert code(submit(client, of(origin), options={"hints": hints})) == (422, "hints_on_several")
    assert code(submit(client, of(origin, 0, 1), options={"hints": hints})) == (422, "hints_on_several")
    assert len(stage.traces()["jobs"]) == 1


def test_a_picture_of_a_running_job_can_be_colorized_anew(client: httpx.Client, worker: Worker) -> None:
    origin = client.post("/v1/jobs", content=zip_of(a=JPEG)).json()["id"]
    early = submit(client, of(origin))
    assert code(early) == (409, "no_items")
    assert early.json()["detail"] == f"{origin} has no items yet: it is queued. Repeat this once it is running."

    worker.expand(origin, items_named("a.jpg", "b.jpg"))

    assert submit(client, of(origin)).status_code == 202
    assert submit(client, of(origin, 1)).json()["kind"] == "single"


def test_a_job_without_items_has_nothing_to_share(client: httpx.Client, worker: Worker) -> None:
    origin = client.post("/v1/jobs", content=zip_of(a=JPEG)).json()["id"]
    worker.fail_expansion(origin, Failure(code="archive_corrupt", detail="It is no zip."))

    answer = submit(client, of(origin))

    assert code(answer) == (409, "no_items")
    assert answer.json()["detail"] == f"{origin} has no items: It is no zip."


@pytest.mark.parametrize("dry_run", [False, True])
def test_what_does_not_exist_is_refused(client: httpx.Client, stage: Stage, origin: str, dry_run: bool) -> None:
    assert code(submit(client, of("job_nobodys"), dry_run=dry_run)) == (404, "job_not_found")
    assert code(submit(client, of(origin, 3, 7), dry_run=dry_run)) == (404, "item_not_found")
    coded = submit(client, of(origin), options={"name_encoding": "cp932"}, dry_run=dry_run)
    assert code(coded) == (422, "invalid_option")
    client.delete(f"/v1/jobs/{origin}")
    assert code(submit(client, of(origin), dry_run=dry_run)) == (404, "job_deleted")
    assert stage.traces()["jobs"] == [origin]


@pytest.mark.parametrize("items", [[], [-1], [0.5], [2**31], list(range(1001)), "0"])
def test_invalid_items_are_refused(client: httpx.Client, stage: Stage, items: Any) -> None:
    answer = submit(client, {"type": "job", "job": "job_x", "items": items})

    assert code(answer) == (422, "invalid_request")
    assert answer.json()["errors"][0]["pointer"].startswith("#/source/items")


def test_a_bucket_must_still_be_allowed(client: httpx.Client, stage: Stage, museum: Museum, worker: Worker) -> None:
    origin = submit(client, PREFIX).json()["id"]
    worker.expand(origin, items_named("a.jpg", "b.jpg"))
    assert submit(client, of(origin)).status_code == 202
    stage.portal.call(
        stage.gateway.database["jobs"].update_one, {"_id": origin}, {"$set": {"source.bucket": "not-theirs"}}
    )

    assert code(submit(client, of(origin))) == (422, "bucket_not_allowed")


def test_a_dry_run_counts_the_items_of_the_other_job(client: httpx.Client, origin: str) -> None:
    estimate = submit(client, of(origin), dry_run=True).json()

    assert (estimate["items"], estimate["skipped"], estimate["complete"]) == (6, 1, True)
    assert submit(client, of(origin, 0, 6), dry_run=True).json()["items"] == 1


def test_a_repeated_request_is_the_same_job(client: httpx.Client, origin: str) -> None:
    key = {"Idempotency-Key": "anew"}
    first = client.post("/v1/jobs", json={"source": of(origin, 0, 1)}, headers=key)

    again = client.post("/v1/jobs", json={"source": of(origin, 1, 0)}, headers=key)
    other = client.post("/v1/jobs", json={"source": of(origin, 2, 0)}, headers=key)

    assert again.json()["id"] == first.json()["id"]
    assert code(other) == (422, "idempotency_mismatch")


def test_an_upload_stays_with_the_job_that_it_came_with(client: httpx.Client, stage: Stage, worker: Worker) -> None:
    upload = uploaded(client, JPEG)
    origin = submit(client, only(upload)).json()["id"]

    job = submit(client, of(origin)).json()["id"]

    assert client.get(f"/v1/uploads/{upload}").json()["links"]["job"] == f"/v1/jobs/{origin}"
    assert client.get(f"/v1/jobs/{job}/items/0/source").content == JPEG


def test_a_deletion_that_begins_before_the_job_exists_wins(
    client: httpx.Client, stage: Stage, origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has looked for jobs that share the source, and found none: the new job must not be accepted."""
    insert = JobStore.insert

    async def delete_first(self: JobStore, job: Any) -> None:
        await stage.gateway.jobs.delete(origin, 60)
        await insert(self, job)

    monkeypatch.setattr(JobStore, "insert", delete_first)
    traces = stage.traces()

    answers = [submit(client, of(origin)), submit(client, of(origin, 1))]

    assert [code(answer) for answer in answers] == [(404, "job_deleted")] * 2
    assert stage.traces() == traces


def test_a_deletion_that_begins_after_the_job_was_confirmed_changes_nothing(
    client: httpx.Client, stage: Stage, origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirm = SharedSources.confirm

    async def delete_then(self: SharedSources, job_id: str, other: str) -> bool:
        is_confirmed = await confirm(self, job_id, other)
        await stage.gateway.jobs.delete(origin, 60)
        return is_confirmed

    monkeypatch.setattr(SharedSources, "confirm", delete_then)

    job = submit(client, of(origin))

    assert job.status_code == 202
    assert stored(stage, job.json()["id"])["source"]["confirmed"]


def test_an_unconfirmed_job_is_not_acknowledged_to_a_repeated_request(
    client: httpx.Client, stage: Stage, origin: str
) -> None:
    """Its gateway may still take it back."""
    key, body = {"Idempotency-Key": "anew"}, {"source": of(origin)}
    job = client.post("/v1/jobs", json=body, headers=key).json()["id"]
    unconfirmed = {"$set": {"source.confirmed": False}}
    stage.portal.call(stage.gateway.database["jobs"].update_one, {"_id": job}, unconfirmed)

    assert code(client.post("/v1/jobs", json=body, headers=key)) == (409, "idempotency_in_flight")


def test_a_job_whose_source_is_shared_says_why_it_is_not_gone(client: httpx.Client, stage: Stage, origin: str) -> None:
    submit(client, of(origin))
    client.delete(f"/v1/jobs/{origin}")
    sharing = {"$set": {"held_since": stored(stage, origin)["created_at"]}}
    stage.portal.call(stage.gateway.database["jobs"].update_one, {"_id": origin}, sharing)

    job = client.get(f"/v1/jobs/{origin}").json()

    assert (job["state"], job["waiting_for"]) == (JobState.DELETING, "the jobs that share its source")
