"""`photochrom submit JOB`: the pictures of a job once more."""

import pytest

JOB = "job_01JDC5H2ZK3Y8W6T0QF4R9XNMB"


def test_the_id_of_a_job_is_a_source(run, gateway):
    ran = run("submit", JOB, "--vividness", "1.3", "--label", "vivid")

    assert (ran.exit_code, ran.stdout) == (0, "job_01\n")
    assert gateway.json_requests == [
        {"source": {"type": "job", "job": JOB}, "options": {"vividness": 1.3}, "labels": ["vivid"]}
    ]


def test_items_may_be_single_ones_and_spans(run, gateway):
    assert run("submit", JOB, "--items", "0, 5,7-9", "--hint", "0.5,0.5,#b03020").exit_code == 0
    assert gateway.json_requests[-1]["source"] == {"type": "job", "job": JOB, "items": [0, 5, 7, 8, 9]}


def test_a_dry_run_uploads_nothing(run, gateway):
    assert run("submit", JOB, "--dry-run").exit_code == 0
    assert gateway.json_requests[-1] == {"source": {"type": "job", "job": JOB}, "options": {}, "dry_run": True}
    assert not gateway.files


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([JOB, JOB], "by itself"),
        ([JOB, "--filename", "a.zip"], "Only a single file"),
        (["s3://scans/", "--items", "0"], "Items are those of a job"),
        ([JOB, "--items", "9-7"], "Write their indexes as 0,5,7-9"),
        ([JOB, "--items", "all"], "Write their indexes as 0,5,7-9"),
        ([JOB, "--items", "0-9999999"], "more than 1,000 items"),
    ],
)
def test_what_cannot_work_is_refused_before_any_request(run, gateway, arguments, message):
    ran = run("submit", *arguments)

    assert ran.exit_code == 2
    assert message in " ".join(ran.stderr.replace("│", " ").split())
    assert not gateway.json_requests


def test_some_failed_items_are_retried(run, gateway, tmp_path):
    (tmp_path / "scans.zip").write_bytes(b"PK")
    run("submit", tmp_path / "scans.zip")
    gateway.jobs["job_01"].move("partially_succeeded")

    assert run("retry", "job_01", "--items", "2,5-6").exit_code == 0
    assert gateway.json_requests == [{"items": [2, 5, 6]}]
