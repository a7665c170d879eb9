"""The access to MongoDB: durable writes, times, and the errors of a server that does not respond."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pymongo import ReadPreference, WriteConcern
from pymongo.errors import OperationFailure

from infra.standalone.child import Child
from infra.standalone.home import DataFolder
from infra.standalone.lifeline import Lifeline
from infra.standalone.secret_files import with_secrets
from infra.standalone.servers import MONGO_URL, mongo_server
from migrations.runner import upgrade
from shared.chunks.documents import Chunk, Result, counts_with
from shared.chunks.leases import ChunkLeases
from shared.chunks.store import ChunkStore
from shared.clock import utc_now
from shared.errors import StoreUnavailable
from shared.jobs.documents import Job
from shared.jobs.expansion import Expansions
from shared.jobs.store import JobStore
from shared.lifecycle import ItemState, JobState
from shared.mongo import Database, open_database, ping, translate_errors
from shared.mongo_time import expired
from shared.schema import check_schema
from shared.settings import MongoSettings
from shared.submissions.store import SubmissionStore
from tests.fixtures.ports import free_port
from tests.fixtures.server_mark import expect_server_mark

pytestmark = pytest.mark.anyio

TIMEOUT_SECONDS = 0.3
# Long enough for a busy machine, and far below the driver's default of 30 seconds.
PATIENCE_SECONDS = 5.0


def settings_for(port: int) -> MongoSettings:
    return settings_of_url(f"mongodb://127.0.0.1:{port}/?directConnection=true")


def settings_of_url(url: str) -> MongoSettings:
    return MongoSettings.model_validate({"url": url, "timeout_seconds": TIMEOUT_SECONDS})


async def drained(iterator: AsyncIterator[Any]) -> list[Any]:
    return [element async for element in iterator]


def every_kind_of_call(database: Database, job: Job, chunk: Chunk) -> list[Any]:
    """One call of each kind in which a store uses the server."""
    jobs, expansions, submissions = JobStore(database), Expansions(database), SubmissionStore(database)
    chunks, leases = ChunkStore(database), ChunkLeases(database)
    return [
        ping(database),
        check_schema(database),
        upgrade(database),
        jobs.insert(job),
        jobs.get(job.id),
        jobs.page("museum", state=None, after=None, limit=1),
        expansions.claim_expansion(job.id, "mine", "w", 1),
        jobs.mark_sent(job.id),
        drained(jobs.in_state(JobState.QUEUED)),
        chunks.insert([chunk]),
        leases.claim(job.id, 0, "mine", "w", 1),
        chunks.count_waiting(job.id),
        chunks.tally(job.id),
        chunks.remove(job.id),
        drained(chunks.in_order(job.id)),
        drained(chunks.waiting()),
        submissions.begin(job.id, "museum", None),
        drained(submissions.untouched_since(utc_now())),
    ]


async def assert_away(database: Database, job: Job, chunk: Chunk) -> None:
    started = time.monotonic()

    outcomes = await asyncio.gather(*every_kind_of_call(database, job, chunk), return_exceptions=True)

    assert {type(outcome) for outcome in outcomes} == {StoreUnavailable}
    assert time.monotonic() - started < PATIENCE_SECONDS


async def test_a_store_with_a_closed_port_is_unavailable(
    make_job: Callable[..., Job], make_chunk: Callable[..., Chunk]
) -> None:
    async with open_database(settings_for(free_port())) as database:
        await assert_away(database, make_job(), make_chunk())


async def test_a_server_that_accepts_and_never_responds_is_unavailable(
    make_job: Callable[..., Job], make_chunk: Callable[..., Chunk]
) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        async with open_database(settings_for(silent.getsockname()[1])) as database:
            await assert_away(database, make_job(), make_chunk())


@contextmanager
def server_running(folder: DataFolder, port: int) -> Iterator[Child]:
    expect_server_mark()
    with Lifeline() as lifeline:
        child = Child(mongo_server(folder, port).service, lifeline, folder.logs / "mongo.log")
        try:
            wait_until_ready(child)
            yield child
        finally:
            child.kill()


def wait_until_ready(child: Child) -> None:
    deadline = time.monotonic() + 60
    while not child.is_ready():
        assert time.monotonic() < deadline
        time.sleep(0.05)


async def test_acknowledged_writes_survive_a_kill_and_the_same_client_reads_them(
    real_servers: None, tmp_path: Path, make_chunk: Callable[..., Chunk]
) -> None:
    folder, port = DataFolder(tmp_path / "home"), free_port()
    written = [make_chunk(no=no) for no in range(40)]
    url = with_secrets(mongo_server(folder, port).settings)[MONGO_URL]
    async with open_database(settings_of_url(url)) as database:
        chunks, leases = ChunkStore(database), ChunkLeases(database)
        with server_running(folder, port) as server:
            await chunks.insert(written)
            claimed = await leases.claim("job_a", 3, "mine", "worker", 60)
            reading = chunks.in_order("job_a")
            first = await anext(reading)

            server.kill()

            with pytest.raises(StoreUnavailable):
                await drained(reading)
            with pytest.raises(StoreUnavailable):
                await leases.renew("job_a:3", "mine", 60)

        with server_running(folder, port):
            stored = [chunk async for chunk in chunks.in_order("job_a")]

    assert claimed is not None
    assert first == written[0]
    assert stored == [*written[:3], claimed, *written[4:]]


async def test_a_wrong_password_is_an_unavailable_store_and_says_so(mongo_url: str) -> None:
    url = urlsplit(mongo_url)
    settings = settings_of_url(url._replace(netloc=f"{url.username}:guessed@{url.hostname}:{url.port}").geturl())

    async with open_database(settings) as database:
        with pytest.raises(StoreUnavailable, match="refuses this user or password") as refused:
            await ping(database)

    assert "guessed" not in str(refused.value)


async def test_a_driver_error_that_is_no_outage_is_not_translated() -> None:
    @translate_errors
    async def refused() -> None:
        raise OperationFailure("unknown operator: $tpyo", 2)

    with pytest.raises(OperationFailure):
        await refused()


@pytest.mark.parametrize("code", [1, 14031])
async def test_a_server_fault_means_unavailable(code: int) -> None:
    @translate_errors
    async def broken() -> None:
        raise OperationFailure("internal server error", code)

    with pytest.raises(StoreUnavailable):
        await broken()


async def test_writes_are_journaled_and_reads_go_to_the_primary() -> None:
    url = "mongodb://127.0.0.1:1/?readPreference=secondary&w=1&journal=false&retryWrites=true"

    async with open_database(MongoSettings.model_validate({"url": url})) as database:
        assert database["jobs"].write_concern == WriteConcern(w="majority", j=True)
        assert database["jobs"].read_preference == ReadPreference.PRIMARY
        # A claim or an `$inc` must not be sent twice silently.
        assert not database.client.options.retry_writes


async def test_times_are_read_back_unchanged(database: Database) -> None:
    now = utc_now()
    await database["uploads"].insert_one({"_id": "job_a", "owner": "museum", "created_at": now, "touched_at": now})

    stored = await database["uploads"].find_one({"_id": "job_a"})

    assert stored is not None
    assert stored["created_at"] == now
    assert stored["created_at"].utcoffset() is not None


@pytest.mark.parametrize(("seconds", "has_come"), [(-3600.0, True), (-0.05, True), (5.0, False), (3600.0, False)])
async def test_times_are_compared_by_the_databases_clock(database: Database, seconds: float, has_come: bool) -> None:
    await database["probes"].insert_one({"_id": 1})
    moved = {"moment": {"$add": ["$$NOW", int(seconds * 1000)]}}
    await database["probes"].update_one({"_id": 1}, [{"$set": moved}])

    judged = await database["probes"].find_one_and_update(
        {"_id": 1}, [{"$set": {"has_come": expired("$moment"), "unset_has": expired("$nothing")}}], return_document=True
    )
    matching = await database["probes"].count_documents({"$expr": expired("$moment")})
    await database.drop_collection("probes")

    assert judged["has_come"] is has_come
    assert judged["unset_has"] is True
    assert matching == int(has_come)
    assert isinstance(judged["moment"], datetime)


async def test_a_chunk_with_every_field_set_is_read_back_unchanged(
    chunks: ChunkStore, leases: ChunkLeases, make_chunk: Callable[..., Chunk]
) -> None:
    """Including large numbers, and names that SecantusDB or an update expression could mistake for operators."""
    result = Result(
        key="jobs/$x/0.jpg",
        bytes=2**40,
        sha256="f" * 64,
        crc32=2**32 - 1,
        width=1,
        height=1,
        media_type="image/png",
        checkpoint="c" * 64,
    )
    chunk = make_chunk()
    await chunks.insert([chunk])
    await leases.claim(chunk.job, 0, "mine", "$worker.1", 60)
    item = chunk.items[0].model_copy(
        update={
            "state": ItemState.SUCCEEDED,
            "name": "$set.jpg",
            "locator": {"offset": 2**45},
            "results": [result],
            "timings_ms": {"decode": 1.5},
        }
    )

    assert await leases.record(chunk.id, "mine", {0: item}, counts_with(chunk, {0: item}))

    stored = await chunks.get(chunk.job, 0)
    assert stored is not None
    assert stored.items[0] == item
