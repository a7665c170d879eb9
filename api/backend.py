"""The collaborators that outlive a request, opened at start. They serve all owners, so routes do not get them: they get
a `Gateway`, which is bound to their caller (`dependencies.py`).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass

from api.access.access import Access, open_access
from api.admission.admission import Admission
from api.admission.wellness import Wellness
from api.models.catalogue import Catalogue
from api.settings import GatewaySettings
from shared.chunks.leases import ChunkLeases
from shared.chunks.store import ChunkStore
from shared.jobs.dispatch import Dispatcher
from shared.jobs.history import Actor
from shared.jobs.service import JobService
from shared.jobs.store import JobStore
from shared.jobs.usage import JobUsage
from shared.jobs.waiting import Waiting
from shared.liveness import Heartbeats
from shared.mongo import Database
from shared.queue import TaskQueue
from shared.recoloring import Recolorings, open_recolorings
from shared.storage.buckets import Buckets, open_buckets
from shared.storage.opening import open_storage
from shared.storage.protocol import ObjectStorage
from shared.stores import open_stores
from shared.submissions.store import SubmissionStore
from shared.uploads.store import UploadStore


@dataclass(frozen=True, kw_only=True)
class Backend:
    settings: GatewaySettings
    access: Access
    admission: Admission
    catalogue: Catalogue
    database: Database
    jobs: JobStore
    chunks: ChunkStore
    leases: ChunkLeases
    submissions: SubmissionStore
    uploads: UploadStore
    storage: ObjectStorage
    buckets: Buckets
    queue: TaskQueue
    waiting: Waiting
    recolorings: Recolorings
    job_service: JobService


@asynccontextmanager
async def open_backend(settings: GatewaySettings) -> AsyncIterator[Backend]:
    """Raises SchemaBehind, NoModel, NoKeyExists, and StoreUnavailable: without a store, nothing can be checked."""
    catalogue = Catalogue.read(settings.models_dir, settings.default_model)
    async with (
        open_stores(settings.mongo) as stores,
        open_access(settings, stores.keys) as access,
        open_recolorings(settings.redis.full_url()) as recolorings,
    ):
        with (
            closing(TaskQueue(settings.redis.full_url())) as queue,
            closing(Heartbeats(settings.redis.full_url())) as heartbeats,
            open_storage(settings.storage) as storage,
            open_buckets(storage, settings.storage, settings.sources) as buckets,
        ):
            yield Backend(
                settings=settings,
                access=access,
                admission=Admission(Wellness(storage, queue), JobUsage(stores.database), stores.uploads),
                catalogue=catalogue,
                database=stores.database,
                jobs=stores.jobs,
                chunks=stores.chunks,
                leases=stores.leases,
                submissions=stores.submissions,
                uploads=stores.uploads,
                storage=storage,
                buckets=buckets,
                queue=queue,
                waiting=Waiting(stores.chunks, heartbeats),
                recolorings=recolorings,
                job_service=job_service(stores.jobs, stores.chunks, stores.leases, queue),
            )


def job_service(
    jobs: JobStore, chunks: ChunkStore, leases: ChunkLeases, queue: TaskQueue, actor: Actor | None = None
) -> JobService:
    return JobService(jobs, chunks, leases, Dispatcher(jobs, chunks, queue), actor)
