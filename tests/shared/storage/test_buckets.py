"""The buckets that jobs may read: which connections they use, and whose outage is the service's own."""

import pytest

from shared.settings import SourcesSettings
from shared.storage.buckets import open_buckets
from shared.storage.errors import BucketNotAllowed, ObjectNotFound, StorageUnavailable
from shared.storage.opening import open_storage
from tests.fixtures.ports import free_port
from tests.fixtures.storage import bucket_settings

KEYS = {"access_key_id": "another", "secret_access_key": "another"}

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_an_allowed_bucket_of_the_same_server_is_read_with_the_services_key(
    bucket_url: str,
) -> None:
    settings = bucket_settings(bucket_url)
    with open_storage(settings) as storage:
        await storage.ensure_bucket()
        await storage.in_bucket("scans").ensure_bucket()
        await storage.in_bucket("scans").put("a.jpg", b"scan", "image/jpeg")

        with open_buckets(storage, settings, SourcesSettings.model_validate({"buckets": ["scans"]})) as buckets:
            assert await buckets.find("scans").get_range("a.jpg", 0, 4) == b"scan"
            assert buckets.on_same_server("scans")
            with pytest.raises(ObjectNotFound):
                await buckets.find(None).get_range("a.jpg", 0, 4)


async def test_a_bucket_of_another_server_has_its_own_connections(bucket_url: str) -> None:
    settings, elsewhere = bucket_settings(bucket_url), f"http://127.0.0.1:{free_port()}"
    theirs = {"name": "theirs", "endpoint_url": elsewhere, **KEYS}
    with (
        open_storage(settings) as storage,
        open_buckets(storage, settings, SourcesSettings.model_validate({"buckets": [theirs]})) as buckets,
    ):
        assert not buckets.on_same_server("theirs")
        with pytest.raises(StorageUnavailable):
            await buckets.find("theirs").head("a.jpg")


async def test_other_buckets_are_not_allowed(bucket_url: str) -> None:
    settings = bucket_settings(bucket_url)
    with open_storage(settings) as storage, open_buckets(storage, settings, SourcesSettings()) as buckets:
        assert buckets.find(None) is storage
        with pytest.raises(BucketNotAllowed):
            buckets.find("scans")
