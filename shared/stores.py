"""The stores that gateway, worker and reconciler share, opened together over one database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self

from shared.chunks.leases import ChunkLeases
from shared.chunks.store import ChunkStore
from shared.jobs.expansion import Expansions
from shared.jobs.outbox import Outboxes
from shared.jobs.removal import Removals
from shared.jobs.retirement import Retirements
from shared.jobs.sharing import SharedSources
from shared.jobs.store import JobStore
from shared.keys.store import KeyStore
from shared.mongo import Database, open_database, ping
from shared.schema import check_schema
from shared.settings import MongoSettings
from shared.submissions.store import SubmissionStore
from shared.uploads.store import UploadStore
from shared.webhooks.secrets import WebhookSecrets
from shared.webhooks.store import DeliveryStore


@dataclass(frozen=True, kw_only=True)
class Stores:
    database: Database
    jobs: JobStore
    expansions: Expansions
    removals: Removals
    retirements: Retirements
    shared_sources: SharedSources
    chunks: ChunkStore
    leases: ChunkLeases
    submissions: SubmissionStore
    uploads: UploadStore
    keys: KeyStore
    outboxes: Outboxes
    deliveries: DeliveryStore
    webhook_secrets: WebhookSecrets

    @classmethod
    def over(cls, database: Database) -> Self:
        """Bound to no owner: for processes of the service."""
        return cls(
            database=database,
            jobs=JobStore(database),
            expansions=Expansions(database),
            removals=Removals(database),
            retirements=Retirements(database),
            shared_sources=SharedSources(database),
            chunks=ChunkStore(database),
            leases=ChunkLeases(database),
            submissions=SubmissionStore(database),
            uploads=UploadStore(database),
            keys=KeyStore(database),
            outboxes=Outboxes(database),
            deliveries=DeliveryStore(database),
            webhook_secrets=WebhookSecrets(database),
        )


@asynccontextmanager
async def open_stores(settings: MongoSettings) -> AsyncIterator[Stores]:
    """Raises StoreUnavailable, and SchemaBehind where the database has not been migrated."""
    async with open_database(settings) as database:
        await ping(database)
        await check_schema(database)
        yield Stores.over(database)
