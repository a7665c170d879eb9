"""The report of a job, complete or not at all, to stdout or into a file."""

import pytest
from photochrom import Client, Conflict
from photochrom.results.report import SPOOLED_BYTES

from tests.client.fake_handler import cut_halfway

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


def test_a_running_job_has_no_report_and_an_existing_file_stays(run, gateway, job, tmp_path):
    job.state = "running"
    target = tmp_path / "report.csv"
    target.write_bytes(b"an older report")

    ran = run("report", job.id, "--output", target)

    assert (ran.exit_code, ran.stderr) == (3, "photochrom: The job is running.\n")
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


def test_the_client_raises_while_the_job_is_running(gateway, job):
    job.state = "running"

    with Client(gateway.url) as client, pytest.raises(Conflict) as refused:
        next(client.report(job.id))

    assert refused.value.code == "not_finished"
