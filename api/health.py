"""`/livez` and `/readyz`: whether the process is alive, and whether it can accept jobs that start at once."""

import asyncio
from collections.abc import Awaitable
from http import HTTPStatus
from typing import Annotated, Literal

import structlog
from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from api.backend import Backend
from api.examples import documented_by
from api.http.headers import headers
from shared.errors import PhotochromError
from shared.mongo import ping

log = structlog.get_logger()

router = APIRouter(tags=["health"])

CHECK_TIMEOUT_SECONDS = 8.0


async def backend_of(request: Request) -> Backend:
    backend: Backend = request.app.state.backend
    return backend


class Live(BaseModel):
    model_config = documented_by({"status": "live"})

    status: Literal["live"] = "live"


class Ready(BaseModel):
    """`checks` is `ok` for each server, or what is wrong with it.

    Without its queue the gateway still accepts jobs and sends them once the queue is back, but it is not ready: they
    would not start, so another gateway is the better choice, and an operator should know.
    """

    model_config = documented_by({"status": "ready", "checks": {"store": "ok", "storage": "ok", "queue": "ok"}})

    status: Literal["ready", "not_ready"]
    checks: dict[str, str]


@router.get("/livez", summary="Is the process alive?")
async def livez() -> Live:
    """Any answer means yes. No other server is contacted."""
    return Live()


@router.get(
    "/readyz",
    summary="Can jobs be accepted and started?",
    response_model=Ready,
    responses={
        503: {
            "description": "Not ready; `checks` lists what is unavailable.",
            "model": Ready,
            "headers": headers("Retry-After"),
        }
    },
)
async def readyz(backend: Annotated[Backend, Depends(backend_of)]) -> Response:
    """Checks the store, object storage and the queue, all at once."""
    store, storage, queue = await asyncio.gather(
        _outcome(ping(backend.database)),
        _outcome(backend.storage.ping()),
        _outcome(backend.queue.check_writes()),
    )
    is_ready = store == storage == queue == "ok"
    ready = Ready(
        status="ready" if is_ready else "not_ready",
        checks={"store": store, "storage": storage, "queue": queue},
    )
    if is_ready:
        return JSONResponse(ready.model_dump())
    return JSONResponse(ready.model_dump(), HTTPStatus.SERVICE_UNAVAILABLE, {"Retry-After": "5"})


async def _outcome(check: Awaitable[object]) -> str:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_SECONDS):
            await check
    except (PhotochromError, TimeoutError) as error:
        log.warning("gateway.not_ready", error=str(error))
        # The details are in the log only: clients must not learn the addresses of servers.
        return error.code if isinstance(error, PhotochromError) else "no answer in time"
    return "ok"
