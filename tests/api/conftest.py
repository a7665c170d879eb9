"""One gateway for all tests of `api/`. Each test starts with an empty store and bucket."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import structlog

from api.settings import GatewaySettings
from migrations.runner import upgrade
from shared.mongo import open_database
from tests.api.stage import Museum, Stage, gateway_running, settings_for, write_cards
from tests.api.stand_in import Worker


@pytest.fixture(scope="session")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cards(tmp_path_factory.mktemp("models") / "cards", "base", "vivid", hinted={"base"})


@pytest.fixture(scope="session")
def gateway_settings(servers: dict[str, str], models_dir: Path) -> GatewaySettings:
    limits = {"head_seconds": 3, "upload_idle_seconds": 2, "max_picture_bytes": "2MiB"}
    sources = {"buckets": ["museum", "nowhere"]}
    settings = settings_for(servers, "gateway_tests", models_dir, **limits, sources=sources)
    asyncio.run(_migrate(settings))
    return settings


async def _migrate(settings: GatewaySettings) -> None:
    async with open_database(settings.mongo) as database:
        await upgrade(database)


def _errors_only(_logger: object, method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    if method not in ("error", "exception", "critical"):
        raise structlog.DropEvent
    return event


@pytest.fixture(scope="session")
def running_gateway(gateway_settings: GatewaySettings) -> Iterator[Stage]:
    # Errors only, and without the local variables of every frame. By a processor, which `capture_logs` replaces: other
    # tests of this process see all levels.
    structlog.configure(
        processors=[_errors_only, structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    with gateway_running(gateway_settings) as stage:
        yield stage
    structlog.reset_defaults()


@pytest.fixture
def stage(running_gateway: Stage) -> Stage:
    running_gateway.portal.call(running_gateway.clear)
    return running_gateway


@pytest.fixture
def museum(stage: Stage) -> Museum:
    """A bucket that jobs may refer to, empty at first."""
    museum = Museum(stage)
    museum.clear()
    return museum


@pytest.fixture
def worker(stage: Stage) -> Worker:
    return Worker(stage)


@pytest.fixture(scope="session")
def declared(running_gateway: Stage) -> list[tuple[str, re.Pattern[str], set[int]]]:
    """For every operation: its method, its path, and the statuses that OpenAPI declares."""
    document = httpx.get(f"{running_gateway.url}/openapi.json").json()
    return [
        (method.upper(), _matching(path), {int(status) for status in operation["responses"]})
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]


def _matching(path: str) -> re.Pattern[str]:
    return re.compile("[^/]+".join(re.escape(part) for part in re.split(r"\{[^}]+\}", path)))


@pytest.fixture
def client(stage: Stage, declared: list[tuple[str, re.Pattern[str], set[int]]]) -> Iterator[httpx.Client]:
    """Fails a test if a route answers with a status that OpenAPI does not declare."""

    def is_declared(response: httpx.Response) -> None:
        request = response.request
        statuses = [
            documented
            for method, path, documented in declared
            if method == request.method and path.fullmatch(request.url.path)
        ]
        undeclared = statuses and response.status_code not in set.union(*statuses)
        assert not undeclared, f"{request.method} {request.url.path} answers {response.status_code}, undeclared"
        assert response.headers["x-request-id"]

    hooks = {"response": [is_declared]}
    # Nothing to verify in plain HTTP, and loading the certificate authorities would take longer than most tests.
    with httpx.Client(base_url=stage.url, timeout=30, event_hooks=hooks, verify=False) as client:
        yield client
