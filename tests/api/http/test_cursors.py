"""Cursors are accepted only in the list whose page they end."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError

from api.http.cursors import Cursor, read_cursor, write_cursor
from api.http.errors import InvalidCursor
from tests.api.archives import zip_of
from tests.api.stage import JPEG
from tests.api.stand_in import Worker, items_named


class Numbered(Cursor):
    number: int = Field(ge=0, lt=100)


WRITTEN = write_cursor(Numbered(number=7), "mine")


def encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def test_a_cursor_is_read_as_it_was_written() -> None:
    assert read_cursor(Numbered, WRITTEN, "mine") == Numbered(number=7)
    assert read_cursor(Numbered, None, "mine") is None


@pytest.mark.parametrize(
    "forged",
    [
        encoded(b'{"number":7}'),
        encoded(bytes(9) + b'{"number":7}'),
        encoded(urlsafe_b64decode(WRITTEN + "=" * (-len(WRITTEN) % 4)).replace(b"7", b"8")),
        write_cursor(Numbered(number=7), "yours"),
        write_cursor(Numbered.model_construct(number=-1), "mine"),
        write_cursor(Numbered.model_construct(number=2**70), "mine"),
        WRITTEN + "=",
        WRITTEN.lower(),
        "",
        "ä",
    ],
    ids=["bare", "no checksum", "another number", "another list", "negative", "huge", "padded", "lower", "empty", "ä"],
)
def test_a_forged_cursor_is_refused(forged: str) -> None:
    with pytest.raises(InvalidCursor):
        read_cursor(Numbered, forged, "mine")


@given(st.text(max_size=80) | st.binary(max_size=60).map(encoded))
def test_nothing_else_is_raised(text: str) -> None:
    with pytest.raises(InvalidCursor):
        read_cursor(Numbered, text, "mine")


def test_a_cursor_has_bounds() -> None:
    with pytest.raises(ValidationError):
        Numbered(number=100)


def test_a_cursor_of_another_list_is_refused(client: httpx.Client, worker: Worker) -> None:
    jobs = [client.post("/v1/jobs", content=zip_of(**{"a.jpg": JPEG, "b.jpg": JPEG})).json()["id"] for _ in range(2)]
    for job in jobs:
        worker.expand(job, items_named("a.jpg", "b.jpg"))
    items = [client.get(f"/v1/jobs/{job}/items?limit=1").json()["next_cursor"] for job in jobs]
    of_jobs = client.get("/v1/jobs?limit=1").json()["next_cursor"]

    assert client.get(f"/v1/jobs/{jobs[0]}/items?after={items[0]}").status_code == 200
    for path in (f"/v1/jobs/{jobs[0]}/items?after={items[1]}", f"/v1/jobs/{jobs[0]}/items?after={of_jobs}"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_cursor")
    assert client.get(f"/v1/jobs?after={items[0]}").status_code == 422
