"""The commands: what they print to stdout and stderr, and their exit codes."""

import json

import pytest

from tests.client.fake_gateway import FakeItem
from tests.client.fake_handler import refuse

GOOD = FakeItem("a/good.jpg", b"good")
BAD = FakeItem("a/bad.jpg", state="failed", error=("decode_failed", "The file is cut off."))
JUNK = FakeItem("notes.txt", state="skipped", error=("not_a_picture", "Not a picture."))


@pytest.fixture
def scans(tmp_path):
    path = tmp_path / "scans.zip"
    path.write_bytes(b"PK archive")
    return path


def test_submit_prints_only_the_id_and_how_to_watch(run, scans):
    ran = run("submit", scans)

    assert (ran.exit_code, ran.stdout) == (0, "job_01\n")
    assert ran.stderr == "Watch it with: photochrom status job_01 --wait\n"


def test_submit_sends_the_options(run, scans, gateway):
    ran = run("submit", scans, "--vividness", 0.7, "--format", "webp", "--quality", 80, "--model", "base", "--wait")

    assert ran.exit_code == 0
    assert gateway.uploads[0].query == {
        "filename": "scans.zip",
        "model": "base",
        "vividness": "0.7",
        "format": "webp",
        "quality": "80",
    }


def test_submit_sends_hints_in_order(run, scans, gateway):
    ran = run("submit", scans, "--hint", "0.5,0.25,#b03020", "--hint", "1,0,#8fb4d8")

    assert ran.exit_code == 0
    assert gateway.uploads[0].query["hints"] == "0.5,0.25,#b03020;1.0,0.0,#8fb4d8"


def test_submit_sends_seed_and_variants_and_downloads_every_result(run, scans, gateway, tmp_path):
    ran = run("submit", scans, "--seed", 7, "--variants", 2, "--output", tmp_path / "out")

    assert ran.exit_code == 0
    assert gateway.uploads[0].query == {"filename": "scans.zip", "seed": "7", "variants": "2"}
    assert (tmp_path / "out" / "variant-2" / "a" / "b.jpg").read_bytes() == b"in color2"
    assert f"results    2 pictures in {tmp_path / 'out'}" in ran.stdout


def test_submit_sends_the_encoding_of_names(run, scans, gateway):
    ran = run("submit", scans, "--name-encoding", "cp932")

    assert ran.exit_code == 0
    assert gateway.uploads[0].query == {"filename": "scans.zip", "name_encoding": "cp932"}


def test_submit_with_output_waits_downloads_and_summarizes(run, scans, gateway, tmp_path):
    gateway.outcome = [GOOD, JUNK]

    ran = run("submit", scans, "--output", tmp_path / "out")

    assert ran.exit_code == 0
    assert (tmp_path / "out" / "a" / "good.jpg").read_bytes() == b"good"
    assert ran.stdout.splitlines() == [
        "job        job_01",
        "state      succeeded, after 10 s",
        "succeeded  1",
        "failed     0",
        "skipped    1 (1 not_a_picture)",
        f"results    1 picture in {tmp_path / 'out'}",
        "",
        "Skipped:",
        "  notes.txt  not_a_picture: Not a picture.",
    ]
    assert ran.stderr == ""


def test_a_failed_item_is_listed_with_its_reason_and_the_exit_code_is_1(run, scans, gateway):
    gateway.outcome, gateway.outcome_state = [GOOD, BAD], "partially_succeeded"

    ran = run("submit", scans, "--wait")

    assert ran.exit_code == 1
    assert ran.stdout.endswith("\nFailed:\n  a/bad.jpg  decode_failed: The file is cut off.\n")


def test_only_ten_failed_items_are_listed(run, scans, gateway):
    gateway.outcome, gateway.outcome_state = [GOOD] + [BAD] * 12, "partially_succeeded"

    ran = run("submit", scans, "--wait")

    assert ran.stdout.count("a/bad.jpg") == 10
    assert "Failed (the first 10 of 12):" in ran.stdout
    assert "photochrom items job_01 --state failed" in ran.stdout


def test_a_failed_job_shows_its_error(run, scans, gateway):
    gateway.outcome, gateway.outcome_state = [], "failed"
    gateway.outcome_error = {"code": "archive_truncated", "detail": "The archive is cut off."}

    ran = run("submit", scans, "--wait")

    assert ran.exit_code == 1
    assert "error      archive_truncated: The archive is cut off.\n" in ran.stdout


def test_a_canceled_job_exits_with_1(run, scans, gateway):
    gateway.polls = 1000
    run("submit", scans)

    assert run("cancel", "job_01").exit_code == 0
    assert run("status", "job_01").exit_code == 1


def test_json_prints_a_single_document(run, scans, gateway, tmp_path):
    gateway.outcome, gateway.outcome_state = [GOOD, BAD], "partially_succeeded"

    ran = run("submit", scans, "--output", tmp_path / "out", "--json")

    document = json.loads(ran.stdout)
    assert ran.exit_code == 1
    assert (document["id"], document["counts"]["failed"]) == ("job_01", 1)
    assert document["download"] == {
        "directory": str(tmp_path / "out"),
        "written": 1,
        "kept": 0,
        "left_out": [],
    }


@pytest.mark.parametrize("outcome", [[], [GOOD], [GOOD, BAD, JUNK]])
def test_lists_of_any_length_are_a_single_json_document(run, scans, gateway, outcome):
    gateway.outcome = outcome
    run("submit", scans)

    items = json.loads(run("items", "job_01", "--json").stdout)
    jobs = json.loads(run("list", "--json").stdout)

    assert [item["member"] for item in items["data"]] == [item.member for item in outcome]
    assert [job["id"] for job in jobs["data"]] == ["job_01"]


def test_items_are_printed_one_per_line_with_reasons(run, scans, gateway):
    gateway.outcome = [GOOD, BAD]
    run("submit", scans)

    assert run("items", "job_01").stdout.splitlines() == [
        "      0  succeeded  a/good.jpg",
        "      1  failed     a/bad.jpg  decode_failed: The file is cut off.",
    ]
    assert run("items", "job_01", "--state", "failed").stdout.count("\n") == 1


def test_names_cannot_control_the_terminal(run, scans, gateway):
    gateway.outcome = [FakeItem("\x1b[2Jevil\n[red]\ud800.jpg", b"x")]
    run("submit", scans)

    assert run("items", "job_01").stdout == "      0  succeeded  \\x1b[2Jevil\\n[red]\\ud800.jpg\n"


def test_list_shows_the_newest_jobs_first(run, scans):
    run("submit", scans)
    run("submit", scans)

    assert run("list", "--limit", 1).stdout == (
        "job_02  running              0 ok of 1                    2026-11-23 05:47 UTC  scans.zip\n"
    )


def test_models_are_printed_one_per_line_with_the_default_marked(run):
    assert run("models").stdout.splitlines() == [
        "base         default, hints  65f265f265f2  For photographs of any kind.",
        "venice-2026                  9f869f869f86  \\x1b[2JCanals.",
    ]


def test_models_as_json_are_those_of_the_service(run, client, gateway):
    assert json.loads(run("models", "--json").stdout) == {"data": gateway.models}
    assert [(model.id, model.default, model.hints) for model in client.models()] == [
        ("base", True, True),
        ("venice-2026", False, False),
    ]


def test_models_from_something_else_than_a_service_are_an_error(run, gateway):
    gateway.models = [{"name": "base"}]

    ran = run("models")

    assert ran.exit_code == 3
    assert "is not that of a Photochrom service" in ran.stderr


def test_a_download_of_a_running_job_is_reported_as_incomplete(run, scans, gateway, tmp_path):
    gateway.polls = 1000
    run("submit", scans)

    ran = run("download", "job_01", "--output", tmp_path / "out")

    assert ran.exit_code == 1
    assert "Run the same command again to download the rest" in ran.stderr


def test_results_that_were_not_downloaded_are_listed(run, scans, tmp_path):
    (tmp_path / "out" / "a").mkdir(parents=True)
    (tmp_path / "out" / "a" / "b.jpg").write_bytes(b"the original scan")

    ran = run("submit", scans, "--output", tmp_path / "out")

    assert ran.exit_code == 1
    assert "Not downloaded:\n  a/b.jpg  a different file of that name already exists\n" in ran.stdout
    assert run("download", "job_01", "--output", tmp_path / "out", "--overwrite").exit_code == 0


def test_the_output_cannot_be_inside_the_submitted_folder(run, tmp_path, gateway):
    ran = run("submit", tmp_path, "--output", tmp_path / "out")

    assert ran.exit_code == 2
    assert gateway.requests == []


@pytest.mark.parametrize(
    "words",
    [
        ["submit", "missing.zip"],
        ["submit", __file__, "--vividness", "2"],
        ["submit", __file__, "--hint", "0.5,0.5"],
        ["submit", __file__, "--variants", "5"],
        ["submit", __file__, "--seed", "-1"],
        ["submit", __file__, "--url", "localhost:8000"],
        ["items", "job_01", "--state", "broken"],
        ["download", "job_01"],
        ["colorize"],
        [],
    ],
)
def test_wrong_usage_exits_with_2(run, words):
    assert run(*words).exit_code == 2


def test_an_unreadable_source_exits_with_2_and_one_sentence(run, tmp_path):
    ran = run("submit", tmp_path)

    assert ran.exit_code == 2
    assert ran.stderr == f"photochrom: The folder {tmp_path} contains no files. Symbolic links are not followed.\n"


def test_a_refused_request_exits_with_3_and_one_sentence(run, scans, gateway):
    gateway.faults.append(refuse(415, "unsupported_media", "This is neither a picture nor an archive."))

    ran = run("submit", scans, "--json")

    assert (ran.exit_code, ran.stdout) == (3, "")
    assert ran.stderr == "photochrom: This is neither a picture nor an archive.\n"


def test_an_unreachable_service_exits_with_3(run, gateway):
    ran = run("list", "--url", "http://127.0.0.1:1")

    assert ran.exit_code == 3
    # On a busy machine it may first say that it is still waiting.
    assert ran.stderr.splitlines()[-1] == "photochrom: Cannot reach http://127.0.0.1:1: Connection refused."


@pytest.mark.parametrize("words", [["--help"], ["submit", "--help"], ["status", "-h"], ["download", "-h"]])
def test_help_documents_the_exit_codes(run, words):
    ran = run(*words)

    assert ran.exit_code == 0
    assert "3    the service cannot be reached, or it rejected the request\n" in ran.stdout
