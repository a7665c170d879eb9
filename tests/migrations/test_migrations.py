"""Migrations on a real server: each is applied once, by one runner, may be repeated, and is required at the start."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType

import pytest
from pymongo.errors import OperationFailure

from migrations import runner
from migrations.revisions import r0001_jobs_chunks_uploads as first
from migrations.revisions import r0005_keys as keys
from migrations.runner import LOCK, MigrationLocked, Revision, applied_revisions, known_revisions, upgrade
from shared.errors import SchemaBehind
from shared.ids import new_job_id
from shared.keys.store import KeyStore
from shared.lifecycle import ChunkState, JobState
from shared.mongo import Database, open_database
from shared.schema import LEDGER, REQUIRED_REVISION, check_schema
from shared.settings import MongoSettings
from tests.fixtures.ports import free_port

pytestmark = pytest.mark.anyio

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def anyio_backend() -> str:
    """Motor speaks asyncio only."""
    return "asyncio"


@pytest.fixture
def settings(mongo_url: str) -> MongoSettings:
    return MongoSettings.model_validate({"url": mongo_url, "database": new_job_id()})


@pytest.fixture
async def database(settings: MongoSettings) -> AsyncIterator[Database]:
    """Empty at the start, dropped at the end."""
    async with open_database(settings) as database:
        yield database
        await database.client.drop_database(database.name)


async def index_names(database: Database) -> dict[str, set[str]]:
    collections = ("jobs", "chunks", "uploads", "part_uploads", "sessions")
    return {name: set(await database[name].index_information()) for name in collections}


async def validator(database: Database, collection: str) -> dict[str, object]:
    [described] = await (await database.list_collections(filter={"name": collection})).to_list(1)
    schema: dict[str, object] = described["options"]["validator"]["$jsonSchema"]
    return schema


async def test_a_fresh_database_gets_every_revision(database: Database) -> None:
    with pytest.raises(SchemaBehind, match="python -m migrations up"):
        await check_schema(database)

    applied = await upgrade(database)

    await check_schema(database)
    assert applied == [revision.id for revision in known_revisions()]
    assert await index_names(database) == {
        "jobs": {
            "_id_",
            "owner_newest",
            "owner_state_newest",
            "state_oldest",
            "owner_idempotency_key",
            "owner_label_newest",
            "expires",
            "shared_source",
            "outbox",
        },
        "chunks": {"_id_", "job_no", "job_window", "state_dispatched", "state_lease_end"},
        "uploads": {"_id_", "touched", "owner_idempotency_key"},
        "part_uploads": {"_id_", "expires", "job", "owner"},
        "sessions": {"_id_", "expires", "key"},
    }


async def test_a_second_upgrade_applies_nothing(database: Database) -> None:
    await upgrade(database)

    assert await upgrade(database) == []


async def test_of_two_concurrent_runners_one_applies_each_revision(database: Database) -> None:
    outcomes = await asyncio.gather(*(upgrade(database) for _ in range(4)), return_exceptions=True)

    applied = [outcome for outcome in outcomes if isinstance(outcome, list) and outcome]
    refused = [outcome for outcome in outcomes if isinstance(outcome, MigrationLocked)]
    idle = outcomes.count([])
    assert applied == [[revision.id for revision in known_revisions()]]
    assert len(refused) + idle == 3
    assert await database[LEDGER].find_one({"_id": LOCK}) is None


async def test_the_lock_of_a_runner_that_died_is_taken_over(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "LOCK_SECONDS", 0)
    async with runner._lock(database):
        monkeypatch.setattr(runner, "LOCK_SECONDS", 600)

        async with runner._lock(database):
            with pytest.raises(MigrationLocked):
                await upgrade(database)


async def test_an_interrupted_revision_is_applied_again(database: Database) -> None:
    await database.create_collection("jobs")
    await database["jobs"].create_index([("owner", 1), ("_id", -1)], name="owner_newest")
    await database.create_collection("chunks", validator={"$jsonSchema": {"bsonType": "object"}})

    await first.upgrade(database)

    fresh = await index_names(database)
    assert fresh["jobs"] >= {"owner_newest", "owner_idempotency_key"}
    assert await validator(database, "jobs") == {"bsonType": "object", **first.VALIDATORS["jobs"]}
    assert await validator(database, "chunks") == {"bsonType": "object", **first.VALIDATORS["chunks"]}


async def test_every_revision_may_be_run_twice(database: Database) -> None:
    for revision in known_revisions():
        await revision.module.upgrade(database)
        before = await index_names(database)
        await revision.module.upgrade(database)
        assert await index_names(database) == before


async def test_a_failed_revision_stops_the_run_and_frees_the_lock(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_: Database) -> None:
        raise OperationFailure("no space left on device")

    broken, after = ModuleType("broken"), ModuleType("after")
    broken.upgrade = after.upgrade = fail  # type: ignore[attr-defined]
    known = known_revisions()
    revisions = [*known, Revision("9998", "Break.", broken), Revision("9999", "Never run.", after)]
    monkeypatch.setattr(runner, "known_revisions", lambda: revisions)

    with pytest.raises(OperationFailure):
        await upgrade(database)

    assert await applied_revisions(database) == {revision.id for revision in known}
    assert await database[LEDGER].find_one({"_id": LOCK}) is None


async def test_the_database_accepts_every_state_of_the_code(database: Database) -> None:
    await upgrade(database)

    jobs, chunks = await validator(database, "jobs"), await validator(database, "chunks")

    assert jobs["properties"]["state"]["enum"] == [state.value for state in JobState]  # type: ignore[index]
    assert chunks["properties"]["state"]["enum"] == [state.value for state in ChunkState]  # type: ignore[index]


def test_revisions_are_numbered_without_gaps_and_the_code_needs_the_last() -> None:
    ids = [revision.id for revision in known_revisions()]

    assert ids == [f"{number:04d}" for number in range(1, len(ids) + 1)]
    assert ids[-1] == REQUIRED_REVISION


def run_migrations(command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PHOTOCHROM_")}
    return subprocess.run(
        [sys.executable, "-m", "migrations", command],
        cwd=REPOSITORY,
        env=inherited | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_exit_code_tells_whether_a_revision_is_missing(mongo_url: str) -> None:
    store = {"PHOTOCHROM_MONGO__URL": mongo_url, "PHOTOCHROM_MONGO__DATABASE": new_job_id()}

    before, up, after = (run_migrations(command, **store) for command in ("status", "up", "status"))

    assert (before.returncode, up.returncode, after.returncode) == (1, 0, 0)
    assert before.stdout.startswith("missing  0001  ")
    assert after.stdout.startswith("applied  0001  ")


def test_an_unavailable_store_is_one_line_and_not_a_missing_revision() -> None:
    url = f"mongodb://127.0.0.1:{free_port()}/?directConnection=true"

    away = run_migrations("status", PHOTOCHROM_MONGO__URL=url, PHOTOCHROM_MONGO__TIMEOUT_SECONDS="0.3")

    assert away.returncode == 2
    assert away.stderr.startswith("store_unavailable: ")
    assert "Traceback" not in away.stderr


def test_a_missing_url_is_named() -> None:
    unset = run_migrations("status")

    assert unset.returncode == 2
    assert "PHOTOCHROM_MONGO__URL" in unset.stderr
    assert "Traceback" not in unset.stderr


async def test_the_signing_secret_is_made_once(database: Database) -> None:
    await upgrade(database)
    secret = await KeyStore(database).signing_secret()

    await keys.upgrade(database)

    assert len(secret) == 32
    assert await KeyStore(database).signing_secret() == secret
