"""What routes depend on: the collaborators that are opened at start, the owner of the request, and the job's id."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Request

from api.examples import JOB_ID
from api.models.catalogue import Catalogue
from api.settings import GatewaySettings
from shared.chunks.store import ChunkStore
from shared.jobs.dispatch import Dispatcher
from shared.jobs.service import JobService
from shared.jobs.store import JobStore
from shared.mongo import Database
from shared.queue import TaskQueue
from shared.storage.buckets import Buckets, open_buckets
from shared.storage.opening import open_storage
from shared.storage.protocol import ObjectStorage
from shared.stores import open_stores
from shared.submissions.store import SubmissionStore
from shared.uploads.store import UploadStore


@dataclass(frozen=True, kw_only=True)
class Gateway:
    """Everything that outlives a request."""

    settings: GatewaySettings
    catalogue: Catalogue
    database: Database
    jobs: JobStore
    chunks: ChunkStore
    submissions: SubmissionStore
    uploads: UploadStore
    storage: ObjectStorage
    buckets: Buckets
    queue: TaskQueue
    job_service: JobService


@asynccontextmanager
async def open_gateway(settings: GatewaySettings) -> AsyncIterator[Gateway]:
    """Raises SchemaBehind, NoModel, and StoreUnavailable, because the schema cannot be checked without a store."""
    catalogue = Catalogue.read(settings.models_dir, settings.default_model)
    async with open_stores(settings.mongo) as stores:
        with (
            closing(TaskQueue(settings.redis.full_url())) as queue,
            open_storage(settings.storage) as storage,
            open_buckets(storage, settings.storage, settings.sources) as buckets,
        ):
            dispatcher = Dispatcher(stores.jobs, stores.chunks, queue)
            yield Gateway(
                settings=settings,
                catalogue=catalogue,
                database=stores.database,
                jobs=stores.jobs,
                chunks=stores.chunks,
                submissions=stores.submissions,
                uploads=stores.uploads,
                storage=storage,
                buckets=buckets,
                queue=queue,
                job_service=JobService(stores.jobs, stores.chunks, stores.leases, dispatcher),
            )


# Coroutines although they await nothing: FastAPI runs plain functions in a thread pool.
async def gateway_of(request: Request) -> Gateway:
    gateway: Gateway = request.app.state.gateway
    return gateway


async def owner_of(_request: Request) -> str:
    """The owner whose jobs a request can access. There are no keys yet, so there is a single owner."""
    return "local"


GatewayOf = Annotated[Gateway, Depends(gateway_of)]
Owner = Annotated[str, Depends(owner_of)]
MAX_ID_LENGTH = 64
JobId = Annotated[str, Path(max_length=MAX_ID_LENGTH, examples=[JOB_ID])]
