"""Signed URLs: one download without a key, until a time."""

from collections.abc import Callable
from urllib.parse import urlsplit

import httpx
import pytest

from api.access.signing import Signer
from tests.api.access.conftest import MakeKey, key_id
from tests.api.access.test_keys import outcome
from tests.api.finished_job import finished_job
from tests.api.stage import Stage
from tests.api.stand_in import Worker

pytestmark = pytest.mark.usefixtures("nothing_remembered")
ClientOf = Callable[[str | None], httpx.Client]
REPORT = "/v1/jobs/job_a/report.csv"


@pytest.fixture
def key(make_key: MakeKey) -> str:
    return make_key("museum")


@pytest.fixture
def job(guarded: Stage, client_of: ClientOf, key: str) -> str:
    return finished_job(client_of(key), Worker(guarded), "image/jpeg", **{"a.jpg": b"a", "b.jpg": b"b"})


def signed(client: httpx.Client, path: str, **fields: object) -> str:
    answer = client.post("/v1/signed-urls", json={"path": path, **fields})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["url"])


@pytest.mark.parametrize("rest", ["results.zip", "report.jsonl", "report.csv", "items/1/result"])
def test_whoever_has_the_url_can_download(client_of: ClientOf, key: str, job: str, rest: str) -> None:
    path = f"/v1/jobs/{job}/{rest}"

    url = signed(client_of(key), path)

    assert url.startswith("http://127.0.0.1")
    answer = httpx.get(url)
    assert answer.status_code == 200
    assert answer.content == client_of(key).get(path).content
    assert httpx.head(url).status_code == 200


def test_it_opens_nothing_else(client_of: ClientOf, key: str, job: str) -> None:
    url = signed(client_of(key), f"/v1/jobs/{job}/items/1/result?variant=1")

    for changed in (
        url.replace("/items/1/", "/items/0/"),
        url.replace("/result", "/source"),
        url.replace("variant=1", "variant=2"),
        url.replace("expires=1", "expires=2"),
        url + "&variant=2",
        url + "&signature=x",
        url[:-1] + ("A" if url[-1] != "A" else "B"),
    ):
        assert outcome(httpx.get(changed)) == (403, "signature_invalid"), changed
    assert outcome(httpx.post(url)) == (403, "signature_invalid")
    assert "signature" not in urlsplit(str(httpx.get(url).url)).path


def test_nobody_signs_for_a_job_of_another_owner(make_key: MakeKey, client_of: ClientOf, job: str) -> None:
    answer = client_of(make_key("family")).post("/v1/signed-urls", json={"path": f"/v1/jobs/{job}/results.zip"})

    assert outcome(answer) == (404, "job_not_found")


@pytest.mark.parametrize(
    "path", ["/v1/jobs/job_a", "/v1/jobs/job_a/items", "/v1/jobs/../session", "/v1/jobs/a/b/results.zip"]
)
def test_only_downloads_are_signed(client_of: ClientOf, key: str, path: str) -> None:
    assert outcome(client_of(key).post("/v1/signed-urls", json={"path": path})) == (422, "not_signable")


def test_it_ends_with_its_key(guarded: Stage, client_of: ClientOf, key: str, job: str) -> None:
    url = signed(client_of(key), f"/v1/jobs/{job}/results.zip")

    guarded.portal.call(guarded.gateway.access.keys.revoke, key_id(key))

    assert outcome(httpx.get(url)) == (403, "signature_invalid")


def test_it_expires_and_order_does_not_matter() -> None:
    signer = Signer(b"secret")
    path, _, query = signer.sign(REPORT, "b=2&a=1", "k3f9a2b1", 2000).partition("?")

    assert signer.check(path, query, now=1999.9) == (True, "k3f9a2b1")
    assert signer.check(path, "&".join(sorted(query.split("&"))), now=0) == (True, "k3f9a2b1")
    assert signer.check(path, query, now=2000)[0] is False
    assert Signer(b"another").check(path, query, now=0)[0] is False


def test_a_signature_is_replaced_not_extended() -> None:
    signer = Signer(b"secret")
    path, _, query = signer.sign(REPORT, "", None, 1).partition("?")

    again = signer.sign(path, query, None, 3).partition("?")[2]

    assert again.count("expires=") == again.count("signature=") == 1
    assert signer.check(path, again, now=2) == (True, None)
