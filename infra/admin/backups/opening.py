"""The database and the bucket that are backed up or restored: those of the settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.environment import EnvironmentSettings
from shared.mongo import Database, open_database, ping
from shared.settings import MongoSettings, StorageSettings
from shared.startup import read_settings
from shared.storage.opening import open_storage
from shared.storage.protocol import ObjectStorage


class BackupSettings(EnvironmentSettings):
    mongo: MongoSettings
    storage: StorageSettings


@asynccontextmanager
async def open_both() -> AsyncIterator[tuple[Database, ObjectStorage]]:
    """Raises InvalidSettings, StoreUnavailable."""
    settings = read_settings(BackupSettings)
    async with open_database(settings.mongo) as database:
        await ping(database)
        with open_storage(settings.storage) as storage:
            yield database, storage
