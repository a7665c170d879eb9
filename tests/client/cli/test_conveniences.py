"""What a newcomer types: other names of formats, a job without its id, addresses, misspelled variables."""

import json

import pytest


@pytest.fixture
def scans(tmp_path):
    path = tmp_path / "scans.zip"
    path.write_bytes(b"PK")
    return path


@pytest.mark.parametrize(("given", "sent"), [("jpg", "jpeg"), ("tif", "tiff"), ("png", "png")])
def test_formats_may_be_named_by_their_extension(run, gateway, scans, given, sent):
    assert run("submit", scans, "--format", given).exit_code == 0
    assert gateway.uploads[0].query["format"] == sent


def test_status_without_an_id_shows_the_last_job(run, scans):
    run("submit", scans)
    run("submit", scans)

    assert run("status").stdout.startswith("job        job_02\n")


def test_status_without_any_job_says_so(run):
    ran = run("status")

    assert (ran.exit_code, ran.stdout) == (3, "")
    assert ran.stderr == "photochrom: You have no job yet. Create one with: photochrom submit SOURCE\n"


def test_the_list_can_be_limited_to_a_state(run, scans, gateway):
    run("submit", scans)
    run("submit", scans)
    gateway.jobs["job_01"].move("failed")

    assert run("list", "--state", "failed").stdout.startswith("job_01  failed")
    assert run("list", "--state", "failed").stdout.count("\n") == 1


def test_the_list_can_be_limited_to_labels(run, scans):
    run("submit", scans, "--label", "a")
    run("submit", scans, "--label", "a", "--label", "fonds=1931")

    assert run("list", "--label", "a").stdout.count("\n") == 2
    assert run("list", "--label", "a", "--label", "fonds=1931").stdout.startswith("job_02")
    assert "\nlabels     a, fonds=1931\n" in run("status", "job_02").stdout


def test_several_files_are_submitted_with_labels_too(run, gateway, tmp_path):
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(b"\xff\xd8")

    assert run("submit", tmp_path / "a.jpg", tmp_path / "b.jpg", "--label", "a").exit_code == 0
    assert gateway.json_requests[-1]["labels"] == ["a"]


def test_deadlines_are_sent_and_checked_before_the_upload(run, gateway, scans):
    assert run("submit", scans, "--deadline", "2h").exit_code == 0
    assert gateway.uploads[-1].query["deadline"] == "2h"

    refused = run("submit", scans, "--deadline", "tomorrow")

    assert (refused.exit_code, len(gateway.uploads)) == (2, 1)
    assert "'tomorrow' is not a time. Write 90m, 2h, 30d or 2026-12-24T18:00:00Z." in refused.stderr


def test_an_expired_job_is_no_success(run, gateway, scans):
    run("submit", scans)
    gateway.jobs["job_01"].move("expired")

    ran = run("status", "job_01")

    assert ran.exit_code == 1
    assert "\nstate      expired" in ran.stdout


@pytest.mark.parametrize("lines", [b"", b'{"index": 0}\n', b'{"index": 0}\n{"index": 1}\n'])
def test_a_report_can_be_a_single_json_document(run, scans, gateway, lines):
    gateway.reports["report.jsonl"] = lines
    run("submit", scans, "--wait")

    ran = run("report", "job_01", "--json")

    assert json.loads(ran.stdout)["data"] == [{"index": number} for number in range(lines.count(b"\n"))]


def test_a_csv_report_is_no_json(run):
    assert run("report", "job_01", "--json", "--format", "csv").exit_code == 2


@pytest.mark.parametrize("command", ["submit", "upload"])
@pytest.mark.parametrize("address", ["https://example.org/a.jpg", "HTTP://example.org/a.jpg", "ftp://example.org/a"])
def test_addresses_are_not_supported(run, gateway, command, address):
    ran = run(command, address)

    assert ran.exit_code == 2
    assert f"sources are not supported: {address}. Download the file and submit it" in ran.stderr
    assert gateway.requests == []


def test_an_unknown_environment_variable_warns(run, scans, monkeypatch):
    monkeypatch.setenv("PHOTOCHROM_APIKEY", "secret")
    monkeypatch.setenv("PHOTOCHROM_MONGO__URL", "mongodb://host")

    ran = run("submit", scans)

    assert ran.exit_code == 0
    warning = (
        "photochrom: Ignoring the unknown environment variable PHOTOCHROM_APIKEY. Did you mean PHOTOCHROM_API_KEY?"
    )
    assert ran.stderr.splitlines()[0] == warning
    assert "MONGO" not in ran.stderr
    assert "secret" not in ran.stderr
