"""The report: a line for every item, as JSON lines and as CSV that is safe to open."""

import csv
import io
import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.examples import REPORT_ROW
from api.reports.formats import FIELDS, FORMULA_STARTS, csv_header, csv_line
from api.reports.schemas import ReportRow
from shared.documents import Failure
from tests.api.archives import zip_of
from tests.api.finished_job import finished_job
from tests.api.sources import submit
from tests.api.stage import JPEG
from tests.api.stand_in import CHECKPOINT, Worker, items_named
from tests.api.uploading import uploaded

EVIL = '=HYPERLINK("http://x.example","a")'
NAMES: dict[str, bytes | Failure] = {
    "1931/Häfen, alt.tif": b"harbor",
    EVIL: b"evil",
    "-1+1.jpg": Failure(code="truncated", detail="It ends early."),
    'a "quoted"\nname.jpg': b"lines",
    "@last.jpg": b"last",
}


@pytest.fixture
def job_id(client: httpx.Client, worker: Worker) -> str:
    return finished_job(client, worker, "image/jpeg", **NAMES)


def json_lines(client: httpx.Client, job_id: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in client.get(f"/v1/jobs/{job_id}/report.jsonl").text.splitlines()]


def csv_rows(client: httpx.Client, job_id: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(client.get(f"/v1/jobs/{job_id}/report.csv").text, newline="")))


def test_every_item_has_a_line_in_the_archives_order(client: httpx.Client, job_id: str) -> None:
    rows = json_lines(client, job_id)

    assert [row["index"] for row in rows] == list(range(6))
    assert [row["name"] for row in rows] == [*NAMES, "notes.txt"]
    assert [row["state"] for row in rows] == ["succeeded"] * 2 + ["failed"] + ["succeeded"] * 2 + ["skipped"]


def test_a_line_has_source_result_and_model(client: httpx.Client, job_id: str) -> None:
    row = json_lines(client, job_id)[0]
    result = client.get(f"/v1/jobs/{job_id}/items/0").json()["result"]

    assert row == {
        "index": 0,
        "name": "1931/Häfen, alt.tif",
        "member": "1931/Häfen, alt.jpg",
        "state": "succeeded",
        "error_code": None,
        "error_detail": None,
        "notes": [],
        **{name: value for name, value in result.items() if name != "link"},
        "model": "base",
        "checkpoint": CHECKPOINT,
        "vividness": 1.0,
        "hints": 0,
        "format": "same",
        "quality": None,
        "timings_ms": {"fetch": 1.0, "infer": 2.5},
        "columns": None,
        "verdict": None,
        "judged_by": None,
        "judged_at": None,
        "name_bytes": None,
        "job_history": client.get(f"/v1/jobs/{job_id}").json()["history"],
    }


def test_an_item_without_a_result_has_its_error(client: httpx.Client, job_id: str) -> None:
    failed, skipped = (json_lines(client, job_id)[index] for index in (2, 5))

    assert (failed["error_code"], failed["error_detail"]) == ("truncated", "It ends early.")
    assert skipped["error_code"] == "not_an_image"
    for row in (failed, skipped):
        assert {
            row[name] for name in ("variant", "seed", "member", "bytes", "sha256", "media_type", "model", "checkpoint")
        } == {None}


def test_a_line_has_the_options_that_its_result_was_made_with(client: httpx.Client, worker: Worker) -> None:
    hints = [{"x": 0.5, "y": 0.5, "color": "#b03020"}]
    options = {"vividness": 1.3, "hints": hints, "format": "jpeg", "quality": 80}
    source = {"type": "upload", "upload": uploaded(client, JPEG)}
    job_id = submit(client, source, options=options).json()["id"]
    pending = json_lines(client, job_id)
    worker.finish_single(job_id, b"colored")

    [row] = json_lines(client, job_id)

    assert [row[name] for name in ("vividness", "hints", "format", "quality")] == [1.3, 1, "jpeg", 80]
    assert [each["vividness"] for each in pending] == [None] * len(pending)


def test_its_file_is_named_after_the_job_and_has_a_mark_for_excel(client: httpx.Client) -> None:
    path = client.post("/v1/jobs?filename=Häfen.jpg", content=JPEG).json()["links"]["self"]

    plain = client.get(f"{path}/report.csv")
    marked = client.get(f"{path}/report.csv?bom=true&state=failed")

    assert "H%C3%A4fen-report.csv" in plain.headers["content-disposition"]
    assert "H%C3%A4fen-report-failed.csv" in marked.headers["content-disposition"]
    assert not plain.content.startswith("\ufeff".encode())
    assert marked.content.decode("utf-8-sig") == ",".join(FIELDS) + "\r\n"
    assert marked.content.startswith("\ufeff".encode())


def test_both_formats_agree_except_for_escaped_formulas(client: httpx.Client, job_id: str) -> None:
    rows, records = json_lines(client, job_id), csv_rows(client, job_id)

    assert [*records[0], "columns"] == list(rows[0])
    assert [record["name"] for record in records] == [
        "1931/Häfen, alt.tif",
        f"'{EVIL}",
        "'-1+1.jpg",
        'a "quoted"\nname.jpg',
        "'@last.jpg",
        "notes.txt",
    ]
    for row, record in zip(rows, records, strict=True):
        assert record["sha256"] == (row["sha256"] or "")
        assert record["bytes"] == str(row["bytes"] or "")
    assert json.loads(records[0]["timings_ms"]) == rows[0]["timings_ms"]


def test_the_csv_follows_rfc_4180(client: httpx.Client, job_id: str) -> None:
    answer = client.get(f"/v1/jobs/{job_id}/report.csv")

    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert answer.headers["content-disposition"] == 'attachment; filename="scans-report.csv"'
    header, *_ = answer.content.split(b"\r\n")
    assert header.decode() == ",".join(FIELDS)
    assert answer.content.endswith(b"\r\n")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), st.sampled_from(["", *FORMULA_STARTS]))
def test_no_cell_starts_as_a_formula_and_each_can_be_read_back(text: str, start: str) -> None:
    name = start + text
    line = csv_line(
        ReportRow.model_validate({**REPORT_ROW, "name": name, "columns": {"note": name}}), ["other", "note"]
    )

    [cells] = csv.reader(io.StringIO(line, newline=""))

    for cell in (cells[1], cells[-1]):
        assert not cell.startswith(FORMULA_STARTS)
        assert cell in (name, f"'{name}")
    assert cells[-2] == ""
    assert len(cells) == len(FIELDS) + 2


@pytest.mark.parametrize("name", ["a;=HYPERLINK(1).png", "a\t=HYPERLINK(1).png"])
def test_what_separates_cells_in_some_spreadsheets_is_quoted(name: str) -> None:
    line = csv_line(ReportRow.model_validate({**REPORT_ROW, "name": name}))

    assert line.startswith(f'17,"{name}",1,')
    assert line.endswith("\r\n")
    assert f'"column_{name}"' in csv_header([name])


def test_unfinished_items_of_a_canceled_job_are_reported_as_canceled(client: httpx.Client, worker: Worker) -> None:
    job_id = str(client.post("/v1/jobs", content=zip_of(a=JPEG)).json()["id"])
    worker.expand(job_id, items_named(*(f"{n}.jpg" for n in range(6))))
    worker.work(job_id, {0: b"first"})
    client.post(f"/v1/jobs/{job_id}/cancel")

    assert [row["state"] for row in json_lines(client, job_id)] == ["succeeded"] + ["canceled"] * 5


def test_a_job_with_an_unreadable_archive_has_an_empty_report(client: httpx.Client, worker: Worker) -> None:
    job_id = str(client.post("/v1/jobs", content=zip_of(a=JPEG)).json()["id"])
    worker.fail_expansion(job_id, Failure(code="archive_truncated", detail="It ends early."))

    assert client.get(f"/v1/jobs/{job_id}/report.jsonl").content == b""
    assert client.get(f"/v1/jobs/{job_id}/report.csv").text == ",".join(FIELDS) + "\r\n"


def test_while_the_job_runs_the_report_is_a_snapshot(client: httpx.Client, worker: Worker) -> None:
    job = client.post("/v1/jobs", content=zip_of(a=JPEG)).json()
    url, table = (f"/v1/jobs/{job['id']}/report.{form}" for form in ("jsonl", "csv"))
    before = client.get(url)
    worker.expand(job["id"], items_named("a.jpg", "b.jpg"))
    worker.work(job["id"], {1: b"colored"})

    during = client.get(url)
    rows = [json.loads(line) for line in during.text.splitlines()]
    worker.work(job["id"], {0: b"colored"})
    after = client.get(url)

    assert before.content == b""
    assert [(row["state"], row["sha256"] is None) for row in rows] == [("pending", True), ("succeeded", False)]
    assert json.loads(after.text.splitlines()[1]) == rows[1]
    assert [each.headers["Report-Complete"] for each in (before, during, after)] == ["false", "false", "true"]
    assert client.get(table).headers["Report-Complete"] == "true"
    assert job["links"]["report"] == url


def test_it_can_be_of_what_failed_only(client: httpx.Client, job_id: str) -> None:
    whole = json_lines(client, job_id)

    as_json = client.get(f"/v1/jobs/{job_id}/report.jsonl", params={"state": "failed"})
    as_csv = client.get(f"/v1/jobs/{job_id}/report.csv", params={"state": "failed"})

    failed = [json.loads(line) for line in as_json.text.splitlines()]
    assert failed == [row for row in whole if row["state"] == "failed"] != []
    rows = list(csv.DictReader(io.StringIO(as_csv.text)))
    assert [row["index"] for row in rows] == [str(row["index"]) for row in failed]
    assert "scans-report-failed.csv" in as_csv.headers["content-disposition"]
    nothing = client.get(f"/v1/jobs/{job_id}/report.csv", params={"state": "canceled"})
    assert nothing.text.startswith("index,name,")
    assert nothing.text.count("\n") == 1


def test_a_finished_job_links_to_its_report(client: httpx.Client, job_id: str) -> None:
    link = client.get(f"/v1/jobs/{job_id}").json()["links"]["report"]

    assert client.get(link).headers["content-type"] == "application/x-ndjson"


def test_the_example_fits_its_schema() -> None:
    assert json.loads(ReportRow.model_validate(REPORT_ROW).model_dump_json()) == REPORT_ROW
