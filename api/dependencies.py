"""What routes are given: the collaborators opened at start, whose request it is, and which job's."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Path, Request

from api.examples import JOB_ID
from api.models.catalogue import Catalogue
from api.results.zip_layout import LayoutCache
from api.settings import GatewaySettings
from shared.chunks.leases import ChunkLeases
from shared.chunks.store import ChunkStore
from shared.dispatch import Dispatcher
from shared.jobs.store import JobStore
from shared.mongo import Database, open_database
from shared.queue import TaskQueue
from shared.schema import check_schema
from shared.storage.buckets import Buckets, open_buckets
from shared.storage.protocol import ObjectStorage
from shared.storage.s3 import S3Storage
from shared.uploads.parts import PartUploadStore
from shared.uploads.store import UploadStore


@dataclass(frozen=True)
class Gateway:
    """Everything that outlives a request."""

    settings: GatewaySettings
    catalogue: Catalogue
    database: Database
    jobs: JobStore
    chunks: ChunkStore
    uploads: UploadStore
    part_uploads: PartUploadStore
    storage: ObjectStorage
    buckets: Buckets
    queue: TaskQueue
    dispatcher: Dispatcher
    layouts: LayoutCache = field(default_factory=LayoutCache)


@asynccontextmanager
async def open_gateway(settings: GatewaySettings) -> AsyncIterator[Gateway]:
    """Raises SchemaBehind, NoModel, and StoreUnavailable: without a store nothing can be checked."""
    catalogue = Catalogue.read(settings.models_dir, settings.default_model)
    async with open_database(settings.mongo) as database:
        await check_schema(database)
        jobs, chunks = JobStore(database), ChunkStore(database)
        with (
            closing(TaskQueue(settings.redis.url.get_secret_value())) as queue,
            closing(S3Storage(settings.storage)) as storage,
            open_buckets(storage, settings.storage, settings.sources) as buckets,
        ):
            yield Gateway(
                settings=settings,
                catalogue=catalogue,
                database=database,
                jobs=jobs,
                chunks=chunks,
                uploads=UploadStore(database),
                part_uploads=PartUploadStore(database),
                storage=storage,
                buckets=buckets,
                queue=queue,
                dispatcher=Dispatcher(jobs, chunks, ChunkLeases(database), queue),
            )


# Coroutines, though they await nothing: FastAPI sends plain functions through a pool of threads.
async def gateway_of(request: Request) -> Gateway:
    gateway: Gateway = request.app.state.gateway
    return gateway


async def owner_of(_request: Request) -> str:
    """Whose jobs a request sees. There are no keys yet, so whoever reaches the gateway is the one owner."""
    return "local"


GatewayOf = Annotated[Gateway, Depends(gateway_of)]
Owner = Annotated[str, Depends(owner_of)]
LONGEST_ID = 64
JobId = Annotated[str, Path(max_length=LONGEST_ID, examples=[JOB_ID])]
