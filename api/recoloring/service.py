"""Asking a worker to color a preview, and waiting for its answer for as long as the client does."""

import time

import structlog
from starlette.requests import Request

from api.dependencies import Gateway
from api.recoloring.errors import RecolorFailed
from shared.documents import Failure
from shared.errors import NoWorker, PhotochromError, QueueUnavailable, TimedOut
from shared.jobs.options import Coloring, ResultFormat
from shared.log import current_origin
from shared.metrics.gateway import RECOLOR_SECONDS
from shared.queue import Queue
from shared.recoloring import LIFETIME_SECONDS, RecolorRequest

log = structlog.get_logger()

QUALITY = 80
# Between two looks whether the client is still there.
LOOK_SECONDS = 0.25


async def recolor(gateway: Gateway, request: Request, job_id: str, preview: str, coloring: Coloring) -> bytes:
    """A WebP of the preview with this key. Raises InvalidOption, NoWorker, QueueUnavailable, TooManyRecolorings,
    RecolorFailed, TimedOut.
    """
    options = coloring.as_options(ResultFormat.WEBP, QUALITY)
    model = gateway.catalogue.resolve(options)
    recolor_request = RecolorRequest(
        preview=preview,
        options=options.model_copy(update={"model": model.name}),
        checkpoint=model.sha256,
        origin=current_origin(),
    )
    if not await gateway.waiting.has_worker(Queue.INTERACTIVE):
        raise NoWorker(f"No worker of role {Queue.INTERACTIVE.value} is running, so nothing is colorized at once now.")
    start = time.perf_counter()
    with gateway.recolorings.place():
        token = await gateway.recolorings.ask(recolor_request)
        try:
            if not await gateway.job_service.dispatcher.send_recoloring(job_id, token):
                raise QueueUnavailable("The request could not be sent to a worker.")
            outcome, answer = await _answer(gateway, request, token)
        finally:
            await _drop(gateway, token)
    RECOLOR_SECONDS.labels(outcome).observe(time.perf_counter() - start)
    if isinstance(answer, Failure):
        raise RecolorFailed(f"{answer.detail} ({answer.code})")
    if answer is None:
        raise TimedOut(f"No worker has colorized it within {LIFETIME_SECONDS} s: they are busy. Try again.")
    return answer


async def _answer(gateway: Gateway, request: Request, token: str) -> tuple[str, bytes | Failure | None]:
    """With the outcome for the metrics. None: the time is over, or the client has left."""
    deadline = time.monotonic() + LIFETIME_SECONDS
    while (remaining := deadline - time.monotonic()) > 0:
        answer = await gateway.recolorings.wait(token, min(LOOK_SECONDS, remaining))
        if answer is not None:
            return "failed" if isinstance(answer, Failure) else "colored", answer
        if await request.is_disconnected():
            return "left", None
    return "timed_out", None


async def _drop(gateway: Gateway, token: str) -> None:
    try:
        await gateway.recolorings.drop(token)
    except PhotochromError as error:  # It expires by itself.
        log.warning("recolor.not_dropped", error=error.detail)
