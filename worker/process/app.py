"""The worker process: the runtime, what its role needs, and the Celery worker around them."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from celery import Celery, signals
from celery.concurrency.thread import TaskPool as ThreadsPool

from shared.archives.entries import ArchiveLimits
from shared.metrics.serving import metrics_served
from shared.metrics.worker import begin_series
from shared.queue import Queue, make_celery
from shared.recoloring import open_recolorings
from worker.process.heartbeat import heartbeat
from worker.process.runtime import BROKEN, Runtime, start_runtime
from worker.process.settings import WorkerSettings
from worker.process.tasks import register_colorize, register_expand, register_recolor

log = structlog.get_logger()


def serve(role: Queue, settings: WorkerSettings) -> int:
    """Consume the queue of `role` until the process is signaled. Returns the exit code.

    Raises SchemaBehind, StoreUnavailable and MetricsPortTaken at startup.
    """
    app = make_celery(settings.redis.full_url())
    with (
        metrics_served(settings.metrics),  # First: if the port is taken, no model has been loaded in vain.
        start_runtime(settings) as runtime,
        _role(app, role, runtime, settings),
        heartbeat(role, runtime) as start_heartbeat,
    ):
        begin_series(role.value)
        _handle_signals(role, runtime, start_heartbeat)
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
            # A forking pool would share the event loop's sockets and the CUDA context between processes.
            raise RuntimeError("The worker must run with the threads pool.")
        worker.start()
        log.info("worker.stopped", tasks=runtime.meter.counts())
        # Celery also returns normally when its consumer has failed.
        return 0 if runtime.collaborators.stopping.is_set() else BROKEN


def _handle_signals(role: Queue, runtime: Runtime, start_heartbeat: Callable[[], None]) -> None:
    @signals.worker_ready.connect(weak=False)
    def ready(**_: object) -> None:
        start_heartbeat()
        log.info("worker.ready", role=role.value)

    @signals.worker_shutting_down.connect(weak=False)
    def shutting_down(**_: object) -> None:
        log.info("worker.stopping")
        runtime.stop()


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
    # Read when torch is imported. By default its threads spin while they wait for each other: a forward pass takes many
    # times as long where other processes, such as our decoders, need the cores.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # Imported here: an ingest worker runs without torch and Pillow.
    from worker.chunk.colorize import ChunkColorizer
    from worker.chunk.result_limits import ResultLimits
    from worker.models.devices import check_device
    from worker.models.inference import Colorizers, load_by_reference
    from worker.models.registry import ModelRegistry, WeightsCache
    from worker.models.weights import WeightsSources
    from worker.recolor.recolor import PreviewRecolorer
    from worker.sandbox import DecoderPool, MachineMemory

    parts, options = runtime.collaborators, settings.worker
    check_device(options.device)
    cache = WeightsCache(options.models, WeightsSources(settings.storage, settings.sources), options.cache_dir)
    registry, load = ModelRegistry(options.models_dir, cache), load_by_reference(options.colorizer)
    colorizers = Colorizers(registry, load, options.device, options.minibatch)
    colorizers.load_all()
    with (
        DecoderPool(
            options.decoders,
            timeout_seconds=options.picture_seconds,
            max_pixels=options.max_pixels,
            machine_memory=MachineMemory(options.decoder_memory_bytes),
        ) as decoders,
        runtime.portal.wrap_async_context_manager(open_recolorings(settings.redis.full_url())) as recolorings,
    ):
        colorizer = ChunkColorizer(
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
            record_seconds=options.record_seconds,
            result_limits=ResultLimits(options.job_result_bytes, options.job_result_ratio),
        )
        register_colorize(app, runtime, colorizer)
        recolorer = PreviewRecolorer(
            recolorings=recolorings,
            storage=parts.storage,
            decoders=decoders,
            colorizers=colorizers,
            process_lock=colorizer.process_lock,
        )
        register_recolor(app, runtime, recolorer)
        yield
