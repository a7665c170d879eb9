"""The report of a job, complete or not at all, to stdout or into a file."""

import pytest
from photochrom.results.report import SPOOLED_BYTES

from tests.client.fake_handler import cut_halfway, refuse

LINES = '{"index": 0, "name": "Häfen\\nalt.jpg"}\n'.encode()
RECORDS = 'index,name\r\n0,"Häfen\nalt.jpg"\r\n'.encode()


@pytest.fixture
def job(gateway):
    gateway.reports = {"report.jsonl": LINES, "report.csv": RECORDS}
    job = gateway.add_job({}, {}, labels=[])
    job.move("succeeded")
    return job


@pytest.mark.parametrize(("words", "printed"), [([], LINES), (["--format", "csv"], RECORDS)])
def test_the_report_is_printed_byte_for_byte(run, job, words, printed):
    ran = run("report", job.id, *words)

    assert (ran.exit_code, ran.stdout_bytes, ran.stderr) == (0, printed, "")


@pytest.mark.parametrize(
    ("name", "words", "written"),
    [("a.csv", [], RECORDS), ("a.jsonl", [], LINES), ("a.txt", [], LINES), ("a.CSV", ["--format", "jsonl"], LINES)],
)
def test_the_file_extension_selects_the_format(run, job, tmp_path, name, words, written):
    (tmp_path / name).write_bytes(b"an older report")

    ran = run("report", job.id, "--output", tmp_path / name, *words)

    assert (ran.exit_code, ran.stdout) == (0, "")
    assert (tmp_path / name).read_bytes() == written
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_the_report_of_a_running_job_is_said_to_be_unfinished(run, job, tmp_path):
    complete = run("report", job.id)
    job.state = "running"

    partial = run("report", job.id)

    assert (complete.exit_code, complete.stderr) == (0, "")
    assert (partial.exit_code, partial.stdout) == (0, complete.stdout)
    assert partial.stderr == "The job has not ended: this report shows what is finished so far.\n"


def test_an_existing_file_stays_if_there_is_no_report(run, gateway, job, tmp_path):
    gateway.faults.append(refuse(409, "conflict", "There is no report."))
    target = tmp_path / "report.csv"
    target.write_bytes(b"an older report")

    ran = run("report", job.id, "--output", target)

    assert (ran.exit_code, ran.stderr) == (3, "photochrom: There is no report.\n")
    assert target.read_bytes() == b"an older report"
    assert list(tmp_path.iterdir()) == [target]


def test_a_missing_output_folder_is_a_local_error(run, job, tmp_path):
    ran = run("report", job.id, "--output", tmp_path / "no" / "report.csv")

    assert ran.exit_code == 2
    assert ran.stderr.startswith("photochrom: Cannot write ")


def test_a_broken_connection_repeats_no_line(gateway, client, job):
    gateway.faults.append(cut_halfway(LINES))

    assert b"".join(client.report(job.id)) == LINES


def test_a_large_report_is_yielded_in_blocks(gateway, client, job):
    gateway.reports["report.jsonl"] = LINES * (SPOOLED_BYTES // len(LINES) + 1)

    blocks = list(client.report(job.id))

    assert b"".join(blocks) == gateway.reports["report.jsonl"]
    assert len(blocks) > 1


def test_the_client_tells_that_the_job_is_running(client, job):
    calls = []
    for state in ("succeeded", "running"):
        job.state = state
        assert b"".join(client.report(job.id, on_incomplete=lambda: calls.append(job.state))) == LINES

    assert calls == ["running"]
