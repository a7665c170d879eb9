"""When a gateway accepts requests without a key, and when it refuses to start."""

from contextlib import nullcontext
from pathlib import Path

import anyio
import httpx
import pytest

from api.access.access import open_access
from api.access.errors import NoKeyExists
from api.settings import GatewaySettings
from shared.keys.documents import Scope
from shared.keys.format import new_key_text
from shared.keys.issuing import create_key
from shared.keys.store import KeyStore
from shared.mongo import open_database
from tests.api.access.test_keys import outcome
from tests.api.stage import Stage, gateway_running, settings_for
from tests.fixtures.databases import migrate

EVERYWHERE = "0.0.0.0"
HERE = "127.0.0.1"


@pytest.fixture
def settings(servers: dict[str, str], models_dir: Path, request: pytest.FixtureRequest) -> GatewaySettings:
    """Each test has a database of its own, without keys at first."""
    settings = settings_for(servers, f"opening_{abs(hash(request.node.name))}", models_dir)
    migrate(settings.mongo, anew=True)
    return settings


def test_the_first_key_closes_a_running_gateway_and_revoking_it_does_not_open_it(settings: GatewaySettings) -> None:
    with gateway_running(settings) as stage:
        stage.gateway.access.authenticator._has_keys._seconds = 0
        assert httpx.get(f"{stage.url}/v1/jobs").status_code == 200

        key = _create_key(stage)
        assert outcome(httpx.get(f"{stage.url}/v1/jobs")) == (401, "key_missing")

        stage.portal.call(stage.gateway.access.keys.revoke, key)
        assert outcome(httpx.get(f"{stage.url}/v1/jobs")) == (401, "key_missing")


def test_a_key_of_another_gateway_does_no_harm_until_there_are_keys_here(settings: GatewaySettings) -> None:
    with gateway_running(settings) as stage:
        elsewhere = {"Authorization": f"Bearer {new_key_text().text}"}
        assert httpx.get(f"{stage.url}/v1/session", headers=elsewhere).json()["owner"] == "local"

        _, text = stage.portal.call(create_key, stage.gateway.access.keys, "museum", [Scope.READ])

        # At once, although the gateway may not know yet that it has keys.
        answer = httpx.get(f"{stage.url}/v1/session", headers={"Authorization": f"Bearer {text}"})
        assert answer.json()["owner"] == "museum"
        stage.gateway.access.authenticator._has_keys._seconds = 0
        assert outcome(httpx.get(f"{stage.url}/v1/session", headers=elsewhere)) == (401, "key_invalid")


def test_an_open_gateway_lets_everyone_be_the_local_owner_and_keys_be_theirs(settings: GatewaySettings) -> None:
    with gateway_running(settings.model_copy(update={"open": True})) as stage:
        _create_key(stage)

        answer = httpx.get(f"{stage.url}/v1/session", headers={"Host": "photochrom.example"})

        assert (answer.json()["owner"], answer.json()["scopes"]) == ("local", ["read", "submit"])


@pytest.mark.parametrize(
    ("host", "is_open", "has_key", "starts"),
    [
        (HERE, False, False, True),
        (EVERYWHERE, False, False, False),
        (EVERYWHERE, False, True, True),
        (EVERYWHERE, True, False, True),
    ],
)
def test_without_a_key_it_does_not_start_where_others_can_reach_it(
    settings: GatewaySettings, host: str, is_open: bool, has_key: bool, starts: bool
) -> None:
    async def start() -> None:
        async with open_database(settings.mongo) as database:
            keys = KeyStore(database)
            if has_key:
                await create_key(keys, "museum", [Scope.ADMIN])
            async with open_access(settings.model_copy(update={"host": host, "open": is_open}), keys):
                pass

    with nullcontext() if starts else pytest.raises(NoKeyExists, match="photochrom-admin keys create"):
        anyio.run(start)


def _create_key(stage: Stage) -> str:
    key, _ = stage.portal.call(create_key, stage.gateway.access.keys, "museum", [Scope.ADMIN])
    return key.id
