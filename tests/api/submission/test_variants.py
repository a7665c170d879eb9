"""Seeds and variants: how they are sent and recorded, and each variant as a result."""

import csv
import hashlib
import io
import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.documents import Failure
from tests.api.archives import zip_of
from tests.api.sources import only, submit
from tests.api.stage import JPEG, Stage
from tests.api.stand_in import Worker, items_named
from tests.api.uploading import code, uploaded

CONTENTS: dict[int, bytes | Failure] = {
    0: b"harbor" * 500,
    1: Failure(code="corrupt_image", detail="It ends early."),
    2: b"",
}


@pytest.fixture
def job_id(client: httpx.Client, worker: Worker) -> str:
    """The id of a job whose archive has a folder named like those of variants."""
    options = {"seed": 7, "variants": 3}
    job_id = str(client.post("/v1/jobs", params=options, content=zip_of(a=JPEG)).json()["id"])
    worker.expand(job_id, items_named("variant-2/Hafen.tif", "broken.jpg", "Hafen.tif"))
    worker.work(job_id, CONTENTS)
    return job_id


def variant(content: bytes, number: int) -> bytes:
    """The content that the worker's stand-in stores for this variant."""
    return content if number == 1 else content + b"%d" % number


def test_seed_and_variants_are_recorded_however_they_are_sent(client: httpx.Client) -> None:
    options: dict[str, Any] = {"seed": 2**32 - 1, "variants": 4}

    raw = client.post("/v1/jobs", params=options, content=JPEG)
    form = client.post("/v1/jobs", data=options, files={"file": ("a.jpg", JPEG)})
    source = submit(client, only(uploaded(client, JPEG, "a.jpg")), options=options)
    neither = client.post("/v1/jobs", content=JPEG)

    for answer in (raw, form, source):
        assert answer.status_code == 202, answer.text
        assert answer.json()["options"].items() >= options.items()
    assert neither.json()["options"].items() >= {"seed": 0, "variants": 1}.items()


@pytest.mark.parametrize(
    ("options", "detail"),
    [
        ({"variants": "5"}, "Input should be less than or equal to 4"),
        ({"variants": "0"}, "Input should be greater than or equal to 1"),
        ({"variants": "1.5"}, "Input should be a valid integer"),
        ({"variants": ""}, "Input should be a valid integer"),
        ({"seed": "-1"}, "Input should be greater than or equal to 0"),
        ({"seed": str(2**32)}, f"Input should be less than or equal to {2**32 - 1}"),
        ({"seed": "random"}, "Input should be a valid integer"),
    ],
)
def test_invalid_values_are_named(client: httpx.Client, stage: Stage, options: dict[str, str], detail: str) -> None:
    answer = client.post("/v1/jobs", params=options, content=JPEG)

    assert code(answer) == (422, "invalid_option")
    [fault] = answer.json()["errors"]
    assert [fault["parameter"]] == list(options)
    assert fault["detail"].startswith(detail)
    assert stage.traces() == {"jobs": [], "chunks": [], "uploads": [], "objects": []}


def test_an_invalid_value_in_json_has_a_pointer(client: httpx.Client) -> None:
    answer = submit(client, only("upl_any"), options={"variants": 5, "seed": -1})

    assert code(answer) == (422, "invalid_request")
    assert {fault["pointer"] for fault in answer.json()["errors"]} == {"#/options/variants", "#/options/seed"}


def test_hints_may_have_variants(client: httpx.Client) -> None:
    answer = client.post("/v1/jobs", params={"hints": "0.5,0.5,b03020", "variants": 2}, content=JPEG)

    assert answer.status_code == 202


def test_a_different_seed_makes_a_different_request(client: httpx.Client) -> None:
    key = {"Idempotency-Key": "scan-17"}
    first = client.post("/v1/jobs", params={"seed": 7}, content=JPEG, headers=key)

    again = client.post("/v1/jobs", params={"seed": "07", "variants": 1}, content=JPEG, headers=key)
    other = client.post("/v1/jobs", params={"seed": 8}, content=JPEG, headers=key)

    assert again.json()["id"] == first.json()["id"]
    assert code(other) == (422, "idempotency_mismatch")


def test_an_item_has_its_results_in_order_and_the_first_by_itself(client: httpx.Client, job_id: str) -> None:
    item = client.get(f"/v1/jobs/{job_id}/items/0").json()

    assert item["results"][1] == {
        "variant": 2,
        "seed": 7,
        "member": "variant-2/variant-2/Hafen.jpg",
        "bytes": 3001,
        "sha256": hashlib.sha256(b"harbor" * 500 + b"2").hexdigest(),
        "width": 64,
        "height": 48,
        "media_type": "image/jpeg",
        "link": f"/v1/jobs/{job_id}/items/0/result?variant=2",
    }
    assert [result["variant"] for result in item["results"]] == [1, 2, 3]
    assert item["result"] == item["results"][0]
    assert item["links"]["result"] == item["result"]["link"] == f"/v1/jobs/{job_id}/items/0/result"
    assert item["member"] == item["result"]["member"]


def test_each_variant_has_its_link_and_its_name(client: httpx.Client, job_id: str) -> None:
    results = client.get(f"/v1/jobs/{job_id}/items/0").json()["results"]

    answers = [client.get(result["link"]) for result in results]

    for result, answer in zip(results, answers, strict=True):
        assert hashlib.sha256(answer.content).hexdigest() == result["sha256"]
        assert answer.headers["etag"] == f'"{result["sha256"]}"'
        assert client.head(result["link"]).headers["content-length"] == str(result["bytes"])
        assert f'filename="Hafen-colorized-variant-{result["variant"]}.jpg"' in answer.headers["content-disposition"]


@pytest.mark.parametrize(
    ("index", "number", "status", "expected"),
    [
        (0, "4", 404, "variant_not_found"),
        (1, "4", 404, "variant_not_found"),
        (1, "2", 404, "item_failed"),
        (0, "0", 422, "invalid_request"),
        (0, "two", 422, "invalid_request"),
    ],
)
def test_an_unknown_variant_is_refused(
    client: httpx.Client, job_id: str, *, index: int, number: str, status: int, expected: str
) -> None:
    answer = client.get(f"/v1/jobs/{job_id}/items/{index}/result", params={"variant": number})

    assert code(answer) == (status, expected)


def test_waiting_for_a_picture_gives_the_first_variant(client: httpx.Client, worker: Worker) -> None:
    key = {"Idempotency-Key": "scan-18"}
    job_id = client.post("/v1/jobs", params={"variants": 2}, content=JPEG, headers=key).json()["id"]
    worker.finish_single(job_id, b"colored")

    headers = {**key, "Prefer": "wait=5", "Accept": "image/*"}
    answer = client.post("/v1/jobs", params={"variants": 2}, content=JPEG, headers=headers)

    assert (answer.status_code, answer.content) == (200, b"colored")
    assert client.get(f"{answer.headers['content-location']}?variant=2").content == b"colored2"


def test_results_zip_has_a_folder_for_each_variant(client: httpx.Client, job_id: str, tmp_path: Path) -> None:
    content = client.get(f"/v1/jobs/{job_id}/results.zip").content

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            f"variant-{number}/{name}": variant(picture, number)
            for number in (1, 2, 3)
            for name, picture in (("variant-2/Hafen.jpg", b"harbor" * 500), ("Hafen.jpg", b""))
        }
    target = tmp_path / "results.zip"
    target.write_bytes(content)
    tested = subprocess.run(["unzip", "-t", str(target)], capture_output=True, text=True, check=False)
    assert (tested.returncode, "No errors detected" in tested.stdout) == (0, True), tested.stdout


def test_the_report_has_a_row_for_each_result_and_each_item_without_one(client: httpx.Client, job_id: str) -> None:
    path = f"/v1/jobs/{job_id}/report"
    rows = [json.loads(line) for line in client.get(f"{path}.jsonl").text.splitlines()]
    records = list(csv.DictReader(io.StringIO(client.get(f"{path}.csv").text, newline="")))

    expected = [*((0, number, 7) for number in (1, 2, 3)), (1, None, None), *((2, number, 7) for number in (1, 2, 3))]
    assert [(row["index"], row["variant"], row["seed"]) for row in rows] == expected
    assert [(record["index"], record["variant"], record["seed"]) for record in records] == [
        tuple("" if value is None else str(value) for value in row) for row in expected
    ]
    items = client.get(f"/v1/jobs/{job_id}/items").json()["data"]
    results = [(result["member"], result["sha256"]) for item in items for result in item["results"]]
    assert [(row["member"], row["sha256"]) for row in rows if row["variant"]] == results


def test_a_canceled_job_keeps_all_variants_of_finished_items(client: httpx.Client, worker: Worker) -> None:
    job_id = str(client.post("/v1/jobs", params={"variants": 2}, content=zip_of(a=JPEG)).json()["id"])
    worker.expand(job_id, items_named("a.jpg", "b.jpg"))
    worker.work(job_id, {1: b"colored"})

    client.post(f"/v1/jobs/{job_id}/cancel")

    rows = [json.loads(line) for line in client.get(f"/v1/jobs/{job_id}/report.jsonl").text.splitlines()]
    assert [(row["state"], row["variant"]) for row in rows] == [("canceled", None), ("succeeded", 1), ("succeeded", 2)]
    with zipfile.ZipFile(io.BytesIO(client.get(f"/v1/jobs/{job_id}/results.zip").content)) as archive:
        assert archive.namelist() == ["variant-1/b.jpg", "variant-2/b.jpg"]


def test_the_result_of_an_older_job_is_its_first_variant(client: httpx.Client, stage: Stage, worker: Worker) -> None:
    job_id = client.post("/v1/jobs", content=JPEG).json()["id"]
    worker.finish_single(job_id, b"colored")
    jobs, chunks = (stage.gateway.database[name] for name in ("jobs", "chunks"))
    stage.portal.call(jobs.update_one, {"_id": job_id}, {"$unset": {"options.seed": 1, "options.variants": 1}})
    older = {f"items.0.results.0.{name}": 1 for name in ("seed", "variant")}
    stage.portal.call(chunks.update_one, {"job": job_id}, {"$unset": older})

    [result] = client.get(f"/v1/jobs/{job_id}/items/0").json()["results"]

    assert (result["variant"], result["seed"]) == (1, 0)
    assert client.get(result["link"]).content == b"colored"
    assert client.get(f"/v1/jobs/{job_id}").json()["options"]["variants"] == 1
