"""`results.zip?items=`: some results by a plain link."""

import io
import zipfile

import httpx
import pytest

from api.http.errors import InvalidRequest
from api.items.spans import ItemSpans, parse_spans
from shared.documents import Failure
from tests.api.finished_job import finished_job
from tests.api.stage import Stage
from tests.api.stand_in import Worker
from tests.api.uploading import code

COUNT = 23
RESULTS: dict[str, bytes | Failure] = {f"{n:02}.jpg": b"picture %d" % n for n in range(COUNT)}
RESULTS["03.jpg"] = Failure(code="truncated", detail="It ends early.")


@pytest.fixture
def job(client: httpx.Client, worker: Worker) -> str:
    """Pictures in chunks of four, of which number 3 failed."""
    return finished_job(client, worker, "image/jpeg", **RESULTS)


def download(client: httpx.Client, job: str, items: str, **more: str) -> httpx.Response:
    return client.get(f"/v1/jobs/{job}/results.zip", params={"items": items, **more})


def names(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    assert int(answer.headers["content-length"]) == len(answer.content)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        assert all(archive.read(name) == RESULTS[name] for name in archive.namelist())
        return archive.namelist()


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ("5", [5]),
        ("22,0", [0, 22]),
        ("2-5,4,9-9,21", [2, 4, 5, 9, 21]),
        ("0-22", [n for n in range(COUNT) if n != 3]),
        ("3", []),
    ],
)
def test_it_has_these_results_only(client: httpx.Client, job: str, items: str, expected: list[int]) -> None:
    assert names(download(client, job, items)) == [f"{n:02}.jpg" for n in expected]


def test_chunks_without_any_of_them_are_not_read(
    client: httpx.Client, stage: Stage, job: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = names(download(client, job, "0,21"))
    stage.portal.call(stage.gateway.database["chunks"].delete_many, {"job": job, "no": {"$in": [1, 2, 3, 4]}})

    assert names(download(client, job, "0,21")) == expected == ["00.jpg", "21.jpg"]


def test_it_can_be_resumed_and_is_another_one_for_another_selection(client: httpx.Client, job: str) -> None:
    whole, same, other = (download(client, job, items) for items in ("0-9,20", "20,0-9", "0-9,21"))
    headers = {"Range": "bytes=200-", "If-Range": whole.headers["etag"]}

    rest = client.get(f"/v1/jobs/{job}/results.zip", params={"items": "0-9,20"}, headers=headers)

    assert (rest.status_code, rest.content) == (206, whole.content[200:])
    assert same.headers["etag"] == whole.headers["etag"]
    tags = {whole.headers["etag"], other.headers["etag"], client.head(f"/v1/jobs/{job}/results.zip").headers["etag"]}
    assert len(tags) == 3
    assert whole.headers["content-disposition"] == 'attachment; filename="scans-colorized-selection.zip"'


def test_it_can_be_restricted_to_a_verdict_as_well(client: httpx.Client, job: str) -> None:
    for index in (1, 9, 20):
        client.patch(f"/v1/jobs/{job}/items/{index}", json={"verdict": "accepted"})

    answer = download(client, job, "0-12", verdict="accepted")

    assert names(answer) == ["01.jpg", "09.jpg"]
    assert "scans-colorized-accepted-selection.zip" in answer.headers["content-disposition"]


@pytest.mark.parametrize("items", ["", "a", "5-2", "0-24", "24", "-1", "1,,2", "1-2-3", "1 - 2", "1," * 16_001 + "1"])
def test_what_is_no_selection_is_refused(client: httpx.Client, job: str, items: str) -> None:
    answer = download(client, job, items)

    assert code(answer) == (422, "invalid_request")
    assert answer.json()["errors"][0]["parameter"] == "items"


def test_spans_are_merged_and_find_their_chunks() -> None:
    spans = parse_spans("9,0-4,5,3-4,20-21", 100)

    assert spans.spans == (range(6), range(9, 10), range(20, 22))
    assert [index for index in range(30) if index in spans] == [0, 1, 2, 3, 4, 5, 9, 20, 21]
    assert list(spans.chunks(4)) == [range(3), range(5, 6)]
    assert list(ItemSpans((range(4), range(4, 8))).chunks(4)) == [range(2)]
    with pytest.raises(InvalidRequest, match="no span of the job's 0 items"):
        parse_spans("0", 0)
