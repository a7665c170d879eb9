"""The database of a command that works on what the service has stored."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from migrations.settings import MigrationSettings
from shared.mongo import Database, open_database, ping
from shared.schema import check_schema
from shared.startup import read_settings


@asynccontextmanager
async def migrated_database() -> AsyncIterator[Database]:
    """By the settings of migrations. Raises SchemaBehind if migrations are missing, and StoreUnavailable."""
    async with open_database(read_settings(MigrationSettings).mongo) as database:
        await ping(database)
        await check_schema(database)
        yield database
