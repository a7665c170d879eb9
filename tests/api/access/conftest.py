"""A gateway with keys. Each test starts with an empty store, and with the keys that it makes itself."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.settings import GatewaySettings
from shared.keys.documents import KeyLimits, Scope
from shared.keys.issuing import create_key
from tests.api.stage import Stage, gateway_running, settings_for
from tests.fixtures.databases import migrate

SOURCES = {"buckets": [{"name": "collection", "owners": ["museum"]}, "everyones"]}
MakeKey = Callable[..., str]
SUBMIT, READ, ADMIN = Scope.SUBMIT, Scope.READ, Scope.ADMIN


@pytest.fixture(scope="session")
def guarded_settings(servers: dict[str, str], models_dir: Path) -> GatewaySettings:
    settings = settings_for(
        servers, "guarded_tests", models_dir, upload_idle_seconds=2, max_picture_bytes="2MiB", sources=SOURCES
    )
    migrate(settings.mongo)
    return settings


@pytest.fixture(scope="session")
def running_guarded(guarded_settings: GatewaySettings) -> Iterator[Stage]:
    with gateway_running(guarded_settings) as stage:
        # From now on the gateway has keys, and stays closed.
        stage.portal.call(create_key, stage.gateway.access.keys, "nobody", [SUBMIT])
        yield stage


@pytest.fixture
def guarded(running_guarded: Stage) -> Stage:
    running_guarded.portal.call(running_guarded.clear)
    return running_guarded


@pytest.fixture
def nothing_remembered(guarded: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each request asks the store."""
    authenticator = guarded.gateway.access.authenticator
    for cache in (authenticator._keys, authenticator._sessions, authenticator._has_keys):
        monkeypatch.setattr(cache, "_seconds", 0)


@pytest.fixture
def make_key(guarded: Stage) -> MakeKey:
    def make(owner: str = "museum", *scopes: Scope, limits: dict[str, Any] | None = None, **fields: Any) -> str:
        async def create() -> str:
            chosen = scopes or (SUBMIT, READ)
            given = KeyLimits.model_validate(limits or {})
            _, text = await create_key(guarded.gateway.access.keys, owner, chosen, limits=given, **fields)
            return text

        return guarded.portal.call(create)

    return make


@pytest.fixture
def client_of(guarded: Stage) -> Iterator[Callable[[str | None], httpx.Client]]:
    """A client with this key."""
    clients: list[httpx.Client] = []

    def make(key: str | None) -> httpx.Client:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        clients.append(httpx.Client(base_url=guarded.url, timeout=30, headers=headers, verify=False))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def key_id(text: str) -> str:
    return text.split("_")[1]
