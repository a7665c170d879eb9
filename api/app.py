"""The gateway as an ASGI application: routers, error handlers, and what is opened at start and closed at the end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

import structlog
from fastapi import APIRouter, FastAPI
from fastapi_offline import FastAPIOffline

from api import health
from api.access.guard import Guard
from api.backend import open_backend
from api.dependencies import Gateways
from api.events import endpoints as events
from api.events.watching import Watchers
from api.http.measuring import Measured
from api.http.methods import HeadAsGet
from api.http.middleware import RequestContext
from api.http.problems import add_problem_handlers
from api.http.routes import templates_of
from api.http.stopping import Stopping
from api.items import endpoints as items
from api.jobs import endpoints as jobs
from api.jobs import polling
from api.models import endpoints as models
from api.openapi import describe
from api.page.endpoints import add_page
from api.recoloring import endpoints as recoloring
from api.reports import endpoints as reports
from api.results import endpoints as results
from api.results.zip_layout import LayoutCache
from api.sessions import endpoints as sessions
from api.settings import GatewaySettings
from api.signed_urls import endpoints as signed_urls
from api.submission import endpoints as submission
from api.uploads import endpoints as uploads
from api.usage import endpoints as usage

log = structlog.get_logger()


def create_app(settings: GatewaySettings) -> FastAPI:
    """Opens no connection yet: that, and the check of the schema, happens when the application starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_backend(settings) as backend:
            app.state.backend = backend
            app.state.access = backend.access
            app.state.gateways = Gateways(backend)
            app.state.catalogue = backend.catalogue
            app.state.layouts = LayoutCache()
            app.state.watchers = Watchers()
            yield

    # FastAPI, with a /docs that works without a CDN: many archives have no access to the internet.
    app = FastAPIOffline(
        title="Photochrom",
        version=version("photochrom-server"),
        summary="Colorizes archives of black-and-white photographs.",
        # Relative to the document: whatever address the client has reached it by.
        servers=[{"url": "/", "description": "This gateway"}],
        lifespan=lifespan,
        redoc_url=None,
        # OpenTelemetry is not set up, and checking for it on every request costs a poll a twentieth of its time.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.stopping = Stopping()
    app.add_middleware(Guard)
    app.add_middleware(HeadAsGet, router=app.router)
    app.add_middleware(RequestContext)
    app.add_middleware(Measured)  # Outermost, so that it measures every answer.
    add_problem_handlers(app)
    app.state.method_hints = submission.METHOD_HINTS
    # The polled route comes first, outside any included router: FastAPI searches those one by one, twice per request.
    app.router.routes[:0] = polling.router.routes
    app.include_router(health.router)
    app.include_router(_first_version())
    # Included in no router, either: those look at the path alone.
    app.router.routes += submission.named.routes
    add_page(app, settings)
    describe(app)
    app.state.templates = templates_of(app)
    return app


def _first_version() -> APIRouter:
    router = APIRouter(prefix="/v1")
    of_jobs = (submission, jobs, items, recoloring, results, reports, events)
    for noun in (*of_jobs, uploads, models, sessions, signed_urls, usage):
        router.include_router(noun.router)
    return router
