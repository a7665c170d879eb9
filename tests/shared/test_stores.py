"""Opening the stores: on a migrated database, or not at all."""

from collections.abc import Callable

import pytest

from shared.errors import SchemaBehind, StoreUnavailable
from shared.ids import new_job_id
from shared.jobs.documents import Job
from shared.settings import MongoSettings
from shared.stores import open_stores
from tests.fixtures.ports import free_port

pytestmark = pytest.mark.anyio


async def test_all_stores_use_one_database(migrated: MongoSettings, make_job: Callable[..., Job]) -> None:
    async with open_stores(migrated) as stores:
        job = make_job()
        await stores.jobs.insert(job)

        assert await stores.expansions.claim_expansion(job.id, "mine", "ingest", 60) is not None
        assert await stores.database["jobs"].count_documents({"_id": job.id, "lease.token": "mine"}) == 1

        await stores.database["jobs"].delete_many({})


async def test_a_database_without_the_required_revision_is_refused(mongo_url: str) -> None:
    settings = MongoSettings.model_validate({"url": mongo_url, "database": new_job_id()})

    with pytest.raises(SchemaBehind, match="python -m migrations up"):
        async with open_stores(settings):
            pass


async def test_a_store_that_does_not_respond_is_unavailable() -> None:
    url = f"mongodb://127.0.0.1:{free_port()}/?directConnection=true"

    with pytest.raises(StoreUnavailable):
        async with open_stores(MongoSettings.model_validate({"url": url, "timeout_seconds": 0.2})):
            pass
