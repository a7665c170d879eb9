import pytest

from shared.settings import MongoSettings
from tests.fixtures.databases import new_database


@pytest.fixture
def settings(mongo_url: str) -> MongoSettings:
    """A migrated database of its own."""
    return new_database(mongo_url)
