"""The worker process: the runtime, the parts that its role needs, and Celery around them."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from celery import Celery, signals
from celery.concurrency.thread import TaskPool as ThreadsPool

from shared.archives.entries import ArchiveLimits
from shared.queue import Queue, make_celery
from worker.process.runtime import BROKEN, Runtime, start_runtime
from worker.process.settings import WorkerSettings
from worker.process.tasks import register_colorize, register_expand

log = structlog.get_logger()


def serve(role: Queue, settings: WorkerSettings) -> int:
    """Consume the queue of `role` until told to end; returns the exit code.

    Raises SchemaBehind, StoreUnavailable at the start.
    """
    app = make_celery(settings.redis.url.get_secret_value())
    with start_runtime(settings) as runtime, _role(app, role, runtime, settings):

        @signals.worker_ready.connect(weak=False)
        def ready(**_: object) -> None:
            log.info("worker.ready", role=role.value)

        @signals.worker_shutting_down.connect(weak=False)
        def shutting_down(**_: object) -> None:
            log.info("worker.stopping")
            runtime.stop()

        worker = app.Worker(
            hostname=f"{role}@{runtime.collaborators.name}",
            pool_cls="threads",
            concurrency=settings.concurrency,
            queues=[role.value],
            loglevel="WARNING",
            quiet=True,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )
        if worker.pool_cls is not ThreadsPool:
            # A pool that forks would share the event loop's sockets, and CUDA, between processes.
            raise RuntimeError("The worker must run with the threads pool.")
        worker.start()
        # Celery returns as calmly when its consumer has failed.
        return 0 if runtime.collaborators.stopping.is_set() else BROKEN


@contextmanager
def _role(app: Celery, role: Queue, runtime: Runtime, settings: WorkerSettings) -> Iterator[None]:
    if role is Queue.INGEST:
        with _ingest(app, runtime, settings):
            yield
    else:
        with _colorize(app, runtime, settings):
            yield


@contextmanager
def _ingest(app: Celery, runtime: Runtime, settings: WorkerSettings) -> Iterator[None]:
    from worker.expand.expand import Expander

    parts = runtime.collaborators
    limits = ArchiveLimits(max_seconds=settings.ingest.decompress_seconds)
    expander = Expander(
        expansions=parts.stores.expansions,
        chunks=parts.stores.chunks,
        dispatcher=parts.dispatcher,
        job_service=parts.job_service,
        storage=parts.storage,
        buckets=parts.buckets,
        lease=settings.lease,
        dispatch=settings.dispatch,
        worker=parts.name,
        stopping=parts.stopping,
        limits=limits,
    )
    register_expand(app, runtime, expander)
    yield


@contextmanager
def _colorize(app: Celery, runtime: Runtime, settings: WorkerSettings) -> Iterator[None]:
    # Imported here: a worker that only reads indexes runs without torch and Pillow.
    from worker.chunk.colorize import ChunkColorizer
    from worker.models.inference import Colorizers, load_by_reference
    from worker.models.registry import ModelRegistry, WeightsCache
    from worker.models.weights import WeightsSources
    from worker.sandbox import DecoderPool

    parts, own = runtime.collaborators, settings.worker
    fetched = WeightsCache(own.models, WeightsSources(settings.storage, settings.sources), own.cache_dir)
    colorizers = Colorizers(
        ModelRegistry(own.models_dir, fetched), load_by_reference(own.colorizer), own.device, own.minibatch
    )
    colorizers.load_all()
    decoders = DecoderPool(own.decoders, timeout_seconds=own.picture_seconds, max_pixels=own.max_pixels)
    try:
        register_colorize(
            app,
            runtime,
            ChunkColorizer(
                jobs=parts.stores.jobs,
                leases=parts.stores.leases,
                dispatcher=parts.dispatcher,
                job_service=parts.job_service,
                storage=parts.storage,
                buckets=parts.buckets,
                decoders=decoders,
                colorizers=colorizers,
                lease=settings.lease,
                worker=parts.name,
                stopping=parts.stopping,
                record_seconds=own.record_seconds,
            ),
        )
        yield
    finally:
        decoders.close()
