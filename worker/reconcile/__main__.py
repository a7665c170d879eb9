"""`python -m worker.reconcile`: the reconcile loop. It may run several times at once and be restarted at any time."""

import signal
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial

import anyio
import structlog

from shared.clock import utc_now
from shared.environment import log_unknown_variables
from shared.errors import PhotochromError, Unavailable
from shared.log import configure_logging
from shared.metrics.reconciler import LAST_PASS, PASS_SECONDS, begin_series
from shared.metrics.serving import metrics_served
from shared.queue import Queue
from shared.startup import process_parser, read_settings
from shared.webhooks.documents import DeliveryState
from worker.process.runtime import Collaborators, leave, open_collaborators
from worker.reconcile.rules import Reconciler, Timeouts
from worker.reconcile.settings import ReconcilerSettings
from worker.reconcile.survey import Survey
from worker.webhooks.posting import Poster
from worker.webhooks.sender import Sender

log = structlog.get_logger()

DESCRIPTION = """\
The reconciler: restarts whatever the database says should make progress, but does not, removes what is no longer
needed, and sends webhooks. Start at least one, on any machine; several do no harm. It has no arguments.
"""


async def run(settings: ReconcilerSettings) -> None:
    options = settings.reconcile
    async with open_collaborators(settings) as parts:
        timeouts = Timeouts(resend_seconds=options.resend_seconds, submission_seconds=options.upload_seconds)
        reconciler = Reconciler(
            stores=parts.stores,
            queue=parts.queue,
            dispatcher=parts.dispatcher,
            job_service=parts.job_service,
            storage=parts.storage,
            clock=utc_now,
            window=settings.dispatch.window,
            timeouts=timeouts,
            lease=settings.lease,
            name=parts.name,
        )
        async with anyio.create_task_group() as background:
            background.start_soon(_stop_on_signal, parts)
            log.info("reconcile.ready")
            async with anyio.create_task_group() as loops:
                loops.start_soon(_repeat, partial(_pass, reconciler), options.interval_seconds, parts.stopping)
                loops.start_soon(_repeat, reconciler.sweep_rarely, options.orphans_seconds, parts.stopping)
                loops.start_soon(_sender(settings, parts).run, options.interval_seconds, parts.stopping)
                if settings.metrics.port is not None:
                    survey = Survey(parts.stores, parts.queue, parts.heartbeats, utc_now)
                    loops.start_soon(_repeat, survey.take, options.survey_seconds, parts.stopping)
            background.cancel_scope.cancel()


def _sender(settings: ReconcilerSettings, parts: Collaborators) -> Sender:
    stores = parts.stores
    return Sender(
        outboxes=stores.outboxes,
        deliveries=stores.deliveries,
        secrets=stores.webhook_secrets,
        poster=Poster(settings.webhooks),
        settings=settings.webhooks,
        name=parts.name,
    )


async def _pass(reconciler: Reconciler) -> None:
    started = time.perf_counter()
    await reconciler.reconcile()
    PASS_SECONDS.observe(time.perf_counter() - started)
    LAST_PASS.set_to_current_time()


async def _repeat(action: Callable[[], Awaitable[None]], interval_seconds: float, stopping: anyio.Event) -> None:
    while not stopping.is_set():
        try:
            await action()
        except Unavailable as error:
            log.warning("reconcile.unavailable", code=error.code, error=error.detail)
        with anyio.move_on_after(interval_seconds):
            await stopping.wait()


async def _stop_on_signal(parts: Collaborators) -> None:
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for _ in signals:
            log.info("reconcile.stopping")
            parts.stopping.set()


def main() -> int:
    try:
        settings = read_settings(ReconcilerSettings)
        configure_logging("reconcile", settings.log_format)
        log_unknown_variables(ReconcilerSettings)
        begin_series(Queue, DeliveryState)
        with metrics_served(settings.metrics):
            anyio.run(run, settings)
    except PhotochromError as error:
        sys.stderr.write(f"{error.code}: {error.detail}\n")
        return 2
    return 0


if __name__ == "__main__":
    process_parser(
        "python -m worker.reconcile", DESCRIPTION, ReconcilerSettings, examples=["python -m worker.reconcile"]
    ).parse_args()
    leave(main())
