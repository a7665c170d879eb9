"""Signing in: a key becomes a cookie that scripts cannot read and other sites cannot use."""

from collections.abc import Callable
from contextlib import nullcontext
from http.cookies import SimpleCookie

import httpx
import pytest
from starlette.datastructures import Headers

from api.access.authentication import COOKIE
from api.access.errors import ForeignOrigin
from api.access.origins import check_same_origin
from tests.api.access.conftest import MakeKey, key_id
from tests.api.access.test_keys import outcome
from tests.api.stage import JPEG, Stage

pytestmark = pytest.mark.usefixtures("nothing_remembered")
ClientOf = Callable[[str | None], httpx.Client]


@pytest.fixture
def key(make_key: MakeKey) -> str:
    return make_key("museum")


@pytest.fixture
def page(guarded: Stage, client_of: ClientOf, key: str) -> httpx.Client:
    """A browser that has signed in, on a page of the gateway."""
    page = client_of(None)
    page.post("/v1/session", headers={"Authorization": f"Bearer {key}"}).raise_for_status()
    page.headers["Origin"] = guarded.url
    return page


def test_a_session_stands_for_the_key(page: httpx.Client, key: str) -> None:
    me = page.get("/v1/session").json()

    assert (me["owner"], me["key"], me["scopes"]) == ("museum", key_id(key), ["read", "submit"])
    assert me["expires_at"]
    job = page.post("/v1/jobs", content=JPEG).json()
    assert page.get(job["links"]["self"]).status_code == 200


def test_the_cookie_is_kept_from_scripts_other_sites_and_plain_http(
    guarded: Stage, client_of: ClientOf, key: str
) -> None:
    def cookie(**headers: str) -> str:
        answer = client_of(key).post("/v1/session", headers={name.replace("_", "-"): v for name, v in headers.items()})
        return answer.headers["Set-Cookie"]

    attributes = SimpleCookie(cookie())[COOKIE]
    assert attributes["httponly"] is True
    assert attributes["samesite"].lower() == "strict"
    assert attributes["path"] == "/"
    assert int(attributes["max-age"]) == 12 * 3600
    assert not attributes["secure"]
    assert SimpleCookie(cookie(X_Forwarded_Proto="https"))[COOKIE]["secure"] is True


@pytest.mark.parametrize("origin", ["https://evil.example", "null", None])
def test_a_page_of_another_site_changes_nothing(page: httpx.Client, guarded: Stage, origin: str | None) -> None:
    page.headers.pop("Origin")
    headers = {"Origin": origin} if origin else {}

    assert outcome(page.post("/v1/jobs", content=JPEG, headers=headers)) == (403, "foreign_origin")
    assert outcome(page.delete("/v1/session", headers=headers)) == (403, "foreign_origin")
    assert guarded.traces()["jobs"] == []


@pytest.mark.parametrize(
    ("host", "origin", "is_ours"),
    [
        ("photochrom.example", "https://photochrom.example", True),
        ("gateway:8000", "https://photochrom.example", True),
        ("gateway:8000", "http://gateway:8000", True),
        ("gateway:8000", "https://photochrom.example.evil.example", False),
        ("gateway:8000", "https://evil.example", False),
        ("gateway:8000", "null", False),
        ("gateway:8000", "https://[bad", False),
    ],
)
def test_behind_a_proxy_the_public_address_counts_too(host: str, origin: str, is_ours: bool) -> None:
    headers = Headers({"Host": host, "Origin": origin})

    with nullcontext() if is_ours else pytest.raises(ForeignOrigin):
        check_same_origin(headers, "https://photochrom.example/")


def test_signing_out_ends_every_copy_of_the_cookie(page: httpx.Client, client_of: ClientOf) -> None:
    copy = client_of(None)
    copy.cookies.set(COOKIE, page.cookies[COOKIE])

    assert page.delete("/v1/session").status_code == 204

    assert COOKIE not in page.cookies
    assert outcome(copy.get("/v1/jobs")) == (401, "session_ended")
    assert outcome(page.get("/v1/jobs")) == (401, "key_missing")


def test_a_session_ends_with_its_key(page: httpx.Client, guarded: Stage, key: str) -> None:
    guarded.portal.call(guarded.gateway.access.keys.revoke, key_id(key))

    assert outcome(page.get("/v1/jobs")) == (401, "session_ended")


def test_a_browser_forgets_a_session_that_has_ended_and_keeps_one_that_has_not(
    page: httpx.Client, client_of: ClientOf, guarded: Stage, key: str
) -> None:
    copy = client_of(None)
    copy.cookies.set(COOKIE, page.cookies[COOKIE], domain=httpx.URL(guarded.url).host, path="/")
    assert "Set-Cookie" not in copy.get("/v1/jobs/nothing").headers
    guarded.portal.call(guarded.gateway.access.keys.revoke, key_id(key))

    dropped = SimpleCookie(copy.get("/v1/jobs").headers["Set-Cookie"])[COOKIE]

    assert (dropped["max-age"], dropped["path"], dropped.value) == ("0", "/", "")
    assert COOKIE not in copy.cookies
    assert outcome(copy.get("/v1/jobs")) == (401, "key_missing")


def test_a_session_expires(page: httpx.Client, guarded: Stage) -> None:
    async def expire() -> None:
        await guarded.gateway.database["sessions"].update_many({}, [{"$set": {"expires_at": "$created_at"}}])

    guarded.portal.call(expire)

    assert outcome(page.get("/v1/session")) == (401, "session_ended")


def test_what_is_stored_of_a_session_signs_nobody_in(page: httpx.Client, guarded: Stage, client_of: ClientOf) -> None:
    async def stored() -> str:
        document = await guarded.gateway.database["sessions"].find_one({}, sort=[("created_at", -1)])
        return str(document["_id"]) if document else ""

    thief = client_of(None)
    thief.cookies.set(COOKIE, guarded.portal.call(stored))

    assert outcome(thief.get("/v1/jobs")) == (401, "session_ended")


def test_without_keys_nobody_needs_to_sign_in(client: httpx.Client) -> None:
    answer = client.post("/v1/session")

    assert answer.json() == {"owner": "local", "key": None, "scopes": ["read", "submit"], "expires_at": None}
    assert "Set-Cookie" not in answer.headers
    assert client.get("/v1/session").json() == answer.json()
