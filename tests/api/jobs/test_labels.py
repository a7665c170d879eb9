"""Labels: names that a client gives a job, to find it again."""

from typing import Any

import httpx
import pytest

from shared.jobs.terms import LONGEST_LABEL, MOST_LABELS
from tests.api.sources import PREFIX
from tests.api.sources import submit as submit_json
from tests.api.stage import JPEG, Museum


def submit(client: httpx.Client, *labels: str, **options: str) -> dict[str, Any]:
    response = client.post("/v1/jobs", content=JPEG, params={"label": labels, **options})
    assert response.status_code == 202, response.text
    job: dict[str, Any] = response.json()
    return job


def ids(client: httpx.Client, **query: Any) -> list[str]:
    return [job["id"] for job in client.get("/v1/jobs", params=query).json()["data"]]


def test_a_job_keeps_its_labels_in_order_and_each_once(client: httpx.Client) -> None:
    job = submit(client, "fonds=1931", "Müller, Köln", "fonds=1931")

    assert job["labels"] == ["fonds=1931", "Müller, Köln"]
    assert client.get(f"/v1/jobs/{job['id']}").json()["labels"] == job["labels"]


def test_jobs_are_listed_by_label_and_by_several(client: httpx.Client) -> None:
    plain, single, both = submit(client), submit(client, "a"), submit(client, "b", "a")

    assert ids(client) == [both["id"], single["id"], plain["id"]]
    assert ids(client, label="a") == [both["id"], single["id"]]
    assert ids(client, label=["a", "b"]) == [both["id"]]
    assert ids(client, label="a", state="succeeded") == []
    assert ids(client, label="c") == []


def test_pages_of_a_label_continue_where_they_ended(client: httpx.Client) -> None:
    jobs = [submit(client, "a", "b")["id"] for _ in range(3)]
    submit(client, "a")
    first = client.get("/v1/jobs", params={"label": ["a", "b"], "limit": 2}).json()

    assert [job["id"] for job in first["data"]] == jobs[:0:-1]
    rest = ids(client, label=["a", "b"], limit=2, after=first["next_cursor"])
    assert rest == jobs[:1]


def test_a_form_and_json_have_labels_too(client: httpx.Client, museum: Museum) -> None:
    form = client.post("/v1/jobs", files=[("label", (None, "a")), ("file", ("a.jpg", JPEG)), ("label", (None, "b"))])
    json = submit_json(client, PREFIX, labels=["a", "b"])

    assert form.json()["labels"] == json.json()["labels"] == ["a", "b"]


@pytest.mark.parametrize(
    ("labels", "detail"),
    [
        ([""], "at least 1 character"),
        (["x" * (LONGEST_LABEL + 1)], f"at most {LONGEST_LABEL} characters"),
        ([" a"], "must not contain control characters, or begin or end with a space"),
        (["a\x1b[2J"], "must not contain control characters, or begin or end with a space"),
        ([str(number) for number in range(MOST_LABELS + 1)], f"at most {MOST_LABELS} items"),
    ],
)
def test_labels_are_limited(client: httpx.Client, labels: list[str], detail: str) -> None:
    response = client.post("/v1/jobs", content=JPEG, params={"label": labels})

    assert (response.status_code, response.json()["code"]) == (422, "invalid_option")
    assert response.json()["detail"].startswith("label: ")
    assert detail in response.json()["detail"]


def test_other_labels_make_a_repeated_request_a_different_one(client: httpx.Client) -> None:
    def send(*labels: str) -> httpx.Response:
        return client.post("/v1/jobs", content=JPEG, params={"label": labels}, headers={"Idempotency-Key": "k"})

    first = send("a")

    assert send("a").json()["id"] == first.json()["id"]
    assert send("b").json()["code"] == "idempotency_mismatch"
