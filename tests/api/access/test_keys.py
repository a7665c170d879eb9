"""API keys at the gateway: who is let in, with which scopes, and when a key ends."""

import time
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from api.access import authentication
from shared.clock import utc_now
from shared.keys.format import new_key_text
from tests.api.access.conftest import ADMIN, READ, SUBMIT, MakeKey, key_id
from tests.api.stage import JPEG, Stage

pytestmark = pytest.mark.usefixtures("nothing_remembered")
ClientOf = Callable[[str | None], httpx.Client]


def outcome(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


def test_without_a_key_only_the_public_paths_answer(guarded: Stage) -> None:
    answers = {
        path: httpx.get(guarded.url + path).status_code for path in ("/livez", "/readyz", "/docs", "/openapi.json")
    }
    refused = httpx.get(f"{guarded.url}/v1/jobs")

    assert set(answers.values()) == {200}
    assert outcome(refused) == (401, "key_missing")
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    assert "photochrom-admin keys create" in refused.json()["detail"]
    assert httpx.get(f"{guarded.url}/v1/unheard-of").status_code == 401


def test_a_key_sees_the_jobs_of_its_owner_only(make_key: MakeKey, client_of: ClientOf) -> None:
    museum, family, everyone = (
        client_of(make_key("museum")),
        client_of(make_key("family")),
        client_of(make_key("it", ADMIN)),
    )
    job = museum.post("/v1/jobs", content=JPEG).json()

    assert museum.get(job["links"]["self"]).json()["id"] == job["id"]
    assert [each["id"] for each in museum.get("/v1/jobs").json()["data"]] == [job["id"]]
    assert outcome(family.get(job["links"]["self"])) == (404, "job_not_found")
    assert family.get("/v1/jobs").json()["data"] == []
    assert [each["id"] for each in everyone.get("/v1/jobs").json()["data"]] == [job["id"]]


@pytest.mark.parametrize(
    ("scopes", "may_read", "may_submit"),
    [((READ,), True, False), ((SUBMIT,), False, True), ((READ, SUBMIT), True, True), ((ADMIN,), True, True)],
)
def test_a_key_does_what_its_scopes_allow(
    make_key: MakeKey, client_of: ClientOf, scopes: tuple[str, ...], may_read: bool, may_submit: bool
) -> None:
    client = client_of(make_key("museum", *scopes))

    assert outcome(client.get("/v1/jobs"))[0] == (200 if may_read else 403)
    submitted = client.post("/v1/jobs", content=JPEG)
    assert submitted.status_code == (202 if may_submit else 403)
    assert may_submit or "lacks the scope `submit`" in submitted.json()["detail"]


def test_a_mistyped_key_is_refused_without_asking_the_store(
    guarded: Stage, make_key: MakeKey, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = make_key()
    monkeypatch.setattr(type(guarded.gateway.access.keys), "get", None)

    for wrong in (key[:-1], key[:-1] + ("a" if key[-1] != "a" else "b"), "secret", key.replace("pc_", "PC_")):
        assert outcome(client_of(wrong).get("/v1/jobs")) == (401, "key_invalid"), wrong


def test_an_unknown_revoked_or_expired_key_is_refused(guarded: Stage, make_key: MakeKey, client_of: ClientOf) -> None:
    revoked, unknown = make_key(), new_key_text().text
    expired = make_key(expires_at=utc_now() + timedelta(seconds=1))
    assert client_of(revoked).get("/v1/jobs").status_code == 200
    assert client_of(expired).get("/v1/jobs").status_code == 200

    guarded.portal.call(guarded.gateway.access.keys.revoke, key_id(revoked))
    time.sleep(1)

    assert {outcome(client_of(key).get("/v1/jobs")) for key in (revoked, unknown, expired)} == {(401, "key_invalid")}


def test_a_key_with_the_id_of_another_is_refused(make_key: MakeKey, client_of: ClientOf) -> None:
    from shared.keys import format as key_format

    content = f"pc_{key_id(make_key())}_{'0' * key_format.SECRET_LENGTH}"

    assert outcome(client_of(content + key_format._checksum(content)).get("/v1/jobs")) == (401, "key_invalid")


def test_a_revocation_takes_effect_within_the_stated_time(
    guarded: Stage, make_key: MakeKey, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    authenticator = guarded.gateway.access.authenticator
    monkeypatch.setattr(authenticator._keys, "_seconds", authentication.KNOWN_SECONDS)
    monkeypatch.setattr(authenticator._keys, "_clock", lambda: now[0])
    client = client_of(key := make_key())
    assert client.get("/v1/jobs").status_code == 200

    guarded.portal.call(guarded.gateway.access.keys.revoke, key_id(key))
    now[0] += authentication.KNOWN_SECONDS

    assert client.get("/v1/jobs").status_code == 401


def test_other_schemes_are_not_ours(guarded: Stage) -> None:
    answer = httpx.get(f"{guarded.url}/v1/jobs", auth=("user", "password"))

    assert outcome(answer) == (401, "key_missing")


def test_the_largest_upload_is_the_keys_own(make_key: MakeKey, client_of: ClientOf) -> None:
    client = client_of(make_key(limits={"upload_bytes": len(JPEG) - 1}))

    assert outcome(client.post("/v1/jobs", content=JPEG)) == (413, "body_too_large")
    assert outcome(client.post("/v1/uploads", json={"bytes": len(JPEG)})) == (413, "body_too_large")
    assert client.post("/v1/uploads", json={"bytes": len(JPEG) - 1}).status_code == 201
