"""Stores that are bound to an owner: the records of others do not exist for them, whichever method is called."""

import inspect
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.clock import utc_now
from shared.documents import Failure
from shared.ids import new_job_id
from shared.jobs.documents import Job, JobKind
from shared.jobs.service import JobService
from shared.jobs.store import JobStore
from shared.lifecycle import Counts, JobState
from shared.mongo import Database
from shared.submissions.store import Submission, SubmissionStore
from shared.uploads.store import LIFETIME, Upload, UploadState, UploadStore
from tests.shared.conftest import NotedQueue

pytestmark = pytest.mark.anyio

MakeJob = Callable[..., Job]
NOTHING = (None, False, [], set())


async def called(method: Any, *args: object, **keywords: object) -> object:
    """The answer of a method, all of it if it is a generator."""
    answer = method(*args, **keywords)
    return [each async for each in answer] if inspect.isasyncgen(answer) else await answer


def test_every_method_of_a_bound_store_is_tried_below() -> None:
    for store, tried in ((JobStore, JOB_CALLS), (SubmissionStore, SUBMISSION_CALLS), (UploadStore, UPLOAD_CALLS)):
        public = {name for name, _ in inspect.getmembers(store, inspect.isfunction) if not name.startswith("_")}
        assert public - {"insert", "begin"} == set(tried), store.__name__


JOB_CALLS: dict[str, Callable[[Job], tuple[tuple[object, ...], dict[str, object]]]] = {
    "take_back": lambda job: ((job.id,), {}),
    "get": lambda job: ((job.id,), {}),
    "get_by_idempotency_key": lambda job: (("museum", "key"), {}),
    "page": lambda _: (("museum",), {"state": None, "after": None, "limit": 9}),
    "start_single": lambda job: ((job.id, 1), {}),
    "advance": lambda job: ((job.id,), {}),
    "add_verdicts": lambda job: ((job.id, {"accepted": 1}), {}),
    "add_progress": lambda job: ((job.id, 1, Counts(succeeded=1)), {}),
    "cancel": lambda job: ((job.id,), {}),
    "expire": lambda job: ((job.id,), {}),
    "retry": lambda job: ((job,), {}),
    "delete": lambda job: ((job.id, 0), {}),
    "settle": lambda job: ((job, JobState.FAILED, Counts(), Failure(code="x", detail="x")), {}),
    "mark_sent": lambda job: ((job.id,), {}),
    "in_state": lambda _: (tuple(JobState), {}),
}


@pytest.mark.parametrize("state", JobState)
async def test_the_jobs_of_others_do_not_exist(database: Database, make_job: MakeJob, state: JobState) -> None:
    fields = {"kind": JobKind.SINGLE, "state": state, "idempotency": {"key": "key", "fingerprint": "f"}}
    lease = {"token": "t", "worker": "w", "expires_at": utc_now() - timedelta(days=1)}
    fields["deadline"] = utc_now() - timedelta(days=1)
    job = make_job(**fields, chunks=2, next_no=1, lease=lease)
    await JobStore(database).insert(job)
    before = await database["jobs"].find_one({"_id": job.id})

    for name, arguments in JOB_CALLS.items():
        args, keywords = arguments(job)
        assert await called(getattr(JobStore(database, "family"), name), *args, **keywords) in NOTHING, name

    assert await database["jobs"].find_one({"_id": job.id}) == before


SUBMISSION_CALLS: dict[str, tuple[object, ...]] = {
    "holder": ("museum", "key"),
    "touch": ("job_a",),
    "abandon": ("job_a", utc_now() + timedelta(days=1)),
    "become_job": ("job_a",),
    "end": ("job_a",),
    "exists": ("job_a",),
    "untouched_since": (utc_now() + timedelta(days=1),),
}


async def test_the_submissions_of_others_do_not_exist(database: Database) -> None:
    await SubmissionStore(database).begin("job_a", "museum", "key")
    before = await database["uploads"].find_one({"_id": "job_a"})

    for name, args in SUBMISSION_CALLS.items():
        assert await called(getattr(SubmissionStore(database, "family"), name), *args) in NOTHING, name

    assert await database["uploads"].find_one({"_id": "job_a"}) == before
    assert isinstance(await SubmissionStore(database, "museum").holder("museum", "key"), Submission)


UPLOAD_CALLS: dict[str, tuple[object, ...]] = {
    "get": ("upl_a",),
    "get_many": (["upl_a"],),
    "extend": ("upl_a", ["etag"]),
    "complete": ("upl_a", "image/jpeg", "etag"),
    "claim": (["upl_a"], "museum", "job_b"),
    "release": ("job_a",),
    "waiting_bytes": ("museum",),
    "announced_bytes": ("museum",),
    "of_job": ("job_a", 9),
    "begin_removal": ("upl_a",),
    "remove": ("upl_a",),
    "expired": (utc_now() + 2 * LIFETIME,),
}


@pytest.mark.parametrize("state", UploadState)
async def test_the_uploads_of_others_do_not_exist(database: Database, state: UploadState) -> None:
    known = {"filename": "a.zip", "bytes": 10, "part_bytes": 4, "key": "k", "parts_id": "p", "created_at": utc_now()}
    upload = Upload(id="upl_a", owner="museum", state=state, job="job_a", expires_at=utc_now(), **known)
    await UploadStore(database).insert(upload)
    before = await database["part_uploads"].find_one({"_id": "upl_a"})

    for name, args in UPLOAD_CALLS.items():
        assert await called(getattr(UploadStore(database, "family"), name), *args) in NOTHING, name

    assert await database["part_uploads"].find_one({"_id": "upl_a"}) == before


async def test_a_bound_store_inserts_no_record_of_others(database: Database, make_job: MakeJob) -> None:
    with pytest.raises(AssertionError, match="its owner's jobs only"):
        await JobStore(database, "family").insert(make_job())
    with pytest.raises(AssertionError, match="its owner's submissions only"):
        await SubmissionStore(database, "family").begin("job_a", "museum", None)


async def test_a_bound_service_revokes_no_lease_of_others(
    database: Database, job_service: JobService, make_job: MakeJob, noted: NotedQueue
) -> None:
    job = make_job(id=new_job_id(), state=JobState.RUNNING, chunks=1)
    await job_service.jobs.insert(job)
    leased = {"_id": f"{job.id}:0", "job": job.id, "no": 0, "run": 1, "queue": "bulk", "state": "leased"}
    lease = {"token": "t", "worker": "w", "expires_at": utc_now()}
    await database["chunks"].insert_one({**leased, "lease": lease, "expiries": 0, "counts": {}, "items": []})
    jobs = JobStore(database, "family")
    bound = JobService(jobs, job_service.chunks, job_service.leases, job_service.dispatcher)

    await bound.delete(job.id, 0)
    assert not await bound.settle(job.id)

    chunk = await database["chunks"].find_one({"job": job.id})
    assert chunk is not None
    assert chunk["lease"] is not None
    assert noted.sent == []
