"""Forms as people write them: options after the file, and several files."""

import httpx
import pytest

from tests.api.archives import zip_of
from tests.api.stage import JPEG, PNG, Stage

NOTHING = {"jobs": [], "chunks": [], "uploads": [], "objects": []}
Fields = list[tuple[str, tuple[str | None, bytes]]]


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize("size", [0, 1_500_000], ids=["small", "large"])
def test_options_may_follow_the_file(client: httpx.Client, size: int) -> None:
    fields: Fields = [("file", ("a.jpg", JPEG + bytes(size))), ("format", (None, b"png")), ("seed", (None, b"7"))]

    job = client.post("/v1/jobs", files=fields).json()

    assert (job["options"]["format"], job["options"]["seed"]) == ("png", 7)
    assert job["source"]["filename"] == "a.jpg"


@pytest.mark.parametrize(
    ("option", "value"), [("format", b"gif"), ("colour", b"red"), ("model", b"unknown"), ("hints", b"0.5,0.5")]
)
def test_a_wrong_option_after_the_file_leaves_nothing_behind(
    client: httpx.Client, stage: Stage, option: str, value: bytes
) -> None:
    answer = client.post("/v1/jobs", files=[("file", ("a.jpg", JPEG)), (option, (None, value))])

    assert code(answer) == (422, "invalid_option")
    assert stage.traces() == NOTHING


def test_an_option_given_twice_is_refused_wherever_it_is(client: httpx.Client, stage: Stage) -> None:
    fields: Fields = [("format", (None, b"png")), ("file", ("a.jpg", JPEG)), ("format", (None, b"jpeg"))]

    assert code(client.post("/v1/jobs", files=fields)) == (422, "invalid_option")
    assert stage.traces() == NOTHING


def test_several_files_are_one_job(client: httpx.Client, stage: Stage) -> None:
    fields: Fields = [
        ("file", ("a.jpg", JPEG)),
        ("format", (None, b"png")),
        ("file", ("b.png", PNG)),
        ("file", ("", b"")),
        ("file", ("a.jpg", JPEG * 2)),
        ("variants", (None, b"2")),
    ]

    answer = client.post("/v1/jobs", files=fields)

    job = answer.json()
    assert answer.status_code == 202
    assert job["kind"] == "bulk"
    assert job["source"] == {"type": "uploads", "count": 3, "bytes": 3 * len(JPEG) + len(PNG)}
    assert (job["options"]["format"], job["options"]["variants"]) == ("png", 2)
    assert len(stage.traces()["objects"]) == 4
    assert stage.traces()["uploads"] == []


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ([("a.jpg", JPEG), ("b.zip", zip_of(a=JPEG))], (422, "archive_among_uploads")),
        ([("b.zip", zip_of(a=JPEG)), ("a.jpg", JPEG)], (422, "archive_among_uploads")),
        ([("a.jpg", JPEG), ("notes.txt", b"About these scans.")], (415, "unsupported_media")),
        ([("a.jpg", JPEG), ("b.jpg", b"")], (422, "empty_body")),
        ([("a.jpg", JPEG), ("b.jpg", JPEG + bytes(3 << 20))], (413, "body_too_large")),
    ],
    ids=["archive second", "archive first", "text", "empty", "too large"],
)
def test_one_wrong_file_leaves_nothing_behind(
    client: httpx.Client, stage: Stage, files: list[tuple[str, bytes]], expected: tuple[int, str]
) -> None:
    answer = client.post("/v1/jobs", files=[("file", file) for file in files])

    assert code(answer) == expected
    assert stage.traces() == NOTHING


def test_hints_are_for_one_file(client: httpx.Client, stage: Stage) -> None:
    hints = ("hints", (None, b"0.5,0.5,b03020"))

    answer = client.post("/v1/jobs", files=[hints, ("file", ("a.jpg", JPEG)), ("file", ("b.jpg", JPEG))])

    assert code(answer) == (422, "hints_on_several")
    assert stage.traces() == NOTHING


def test_a_repeated_form_is_the_same_job(client: httpx.Client) -> None:
    key = {"Idempotency-Key": "scans"}
    files: Fields = [("file", ("a.jpg", JPEG)), ("file", ("b.png", PNG)), ("seed", (None, b"1"))]

    first = client.post("/v1/jobs", files=files, headers=key)
    again = client.post("/v1/jobs", files=files, headers=key)
    swapped = client.post("/v1/jobs", files=[files[1], files[0], files[2]], headers=key)

    assert again.json()["id"] == first.json()["id"]
    assert code(swapped) == (422, "idempotency_mismatch")
