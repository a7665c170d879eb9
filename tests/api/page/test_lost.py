"""An address that leads nowhere: people get the page, which says so, and programs a problem."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from shared.keys.documents import Scope
from shared.keys.issuing import create_key
from tests.api.stage import Stage, gateway_running, settings_for
from tests.fixtures.databases import migrate

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PAGE = "<title>Photochrom</title>"


@pytest.fixture(scope="module", params=[False, True], ids=["open", "guarded"])
def stage(
    request: pytest.FixtureRequest,
    servers: dict[str, str],
    models_dir: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("dist")
    (folder / "index.html").write_text(PAGE)
    settings = settings_for(servers, f"lost_tests_{request.param}", models_dir, page_dir=folder)
    migrate(settings.mongo)
    with gateway_running(settings) as stage:
        if request.param:
            stage.portal.call(create_key, stage.gateway.access.keys, "museum", [Scope.SUBMIT])
        yield stage


@pytest.mark.parametrize("path", ["/nothing/here", "/v1jobs", "/settings/nowhere"])
def test_a_mistyped_address_shows_a_browser_the_page(stage: Stage, path: str) -> None:
    answer = httpx.get(stage.url + path, headers=BROWSER)

    assert (answer.status_code, answer.text) == (404, PAGE)
    assert answer.headers["content-type"].startswith("text/html")
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert httpx.get(stage.url + path).json()["code"] in ("not_found", "key_missing")


@pytest.mark.parametrize("path", ["/v1/nothing", "/assets/none.js", "/page/none.js"])
def test_an_address_of_the_api_or_a_file_is_answered_as_ever(stage: Stage, path: str) -> None:
    answer = httpx.get(stage.url + path, headers=BROWSER)

    assert answer.json()["code"] in ("not_found", "key_missing")
