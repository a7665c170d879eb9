"""Jobs from object storage: multipart uploads, prefixes, manifests, dry runs."""

import io

import pytest
from photochrom import Client, Conflict, JobItems, Manifest, NotFound, Prefix, Refused, ServiceUnreachable, SourceError

from tests.client.fake_handler import cut_after_body, cut_after_dispatch, cut_at_once, pass_through, refuse

CONTENT = bytes(range(45))  # Five parts.


@pytest.fixture
def files(tmp_path):
    contents = {"a.jpg": CONTENT, "b.jpg": b"b" * 20, "c.jpg": b"c"}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return [tmp_path / name for name in contents]


def test_several_files_are_uploaded_in_parts_and_submitted_in_order(client, gateway, files):
    reported = []

    job = client.submit(files, vividness=0.5, on_progress=lambda sent, total: reported.append((sent, total)))

    by_name = {file.filename: file for file in gateway.files.values()}
    assert {name: file.content for name, file in by_name.items()} == {path.name: path.read_bytes() for path in files}
    source = {"type": "uploads", "uploads": [by_name[path.name].id for path in files]}
    assert gateway.json_requests == [{"source": source, "options": {"vividness": 0.5}}]
    assert (reported, reported[-1]) == (sorted(reported), (66, 66))
    assert job.id == "job_01"


def test_a_source_in_a_bucket_is_only_named(client, gateway):
    client.submit(Prefix("scans", "1931/"))
    client.submit(Manifest("scans", "lists/1931", "csv"))
    client.submit(Manifest("scans", "lists/1931.jsonl"))

    assert [request["source"] for request in gateway.json_requests] == [
        {"type": "s3_prefix", "bucket": "scans", "prefix": "1931/"},
        {"type": "manifest", "bucket": "scans", "key": "lists/1931", "format": "csv"},
        {"type": "manifest", "bucket": "scans", "key": "lists/1931.jsonl"},
    ]


def test_the_pictures_of_another_job_are_only_named(client, gateway):
    client.submit(JobItems("job_01"), vividness=1.3)
    client.submit(JobItems("job_01", (5, 0)))

    assert gateway.json_requests == [
        {"source": {"type": "job", "job": "job_01"}, "options": {"vividness": 1.3}},
        {"source": {"type": "job", "job": "job_01", "items": [5, 0]}, "options": {}},
    ]


def test_an_upload_can_have_a_dry_run_before_it_is_submitted(client, gateway, files):
    upload = client.upload(files[0])
    estimate = client.dry_run(upload, format="png")

    client.submit(upload)

    assert (estimate.items, estimate.bytes, estimate.complete) == (98211, 184612044800, True)
    source = {"type": "upload", "upload": upload.id}
    assert gateway.json_requests[0] == {"source": source, "options": {"format": "png"}, "dry_run": True}
    assert gateway.json_requests[1] == {"source": source, "options": {}}
    assert client.find_upload(upload.id) == upload


def test_a_folder_and_a_file_object_can_be_uploaded_too(client, gateway, tmp_path, files):
    assert client.upload(tmp_path).filename == tmp_path.name
    client.upload(io.BytesIO(CONTENT), filename="d.jpg")

    tar, plain = gateway.files.values()
    assert CONTENT in tar.content
    assert (plain.filename, plain.content) == ("d.jpg", CONTENT)


@pytest.mark.parametrize("fault", [cut_at_once, cut_after_body, cut_after_dispatch])
def test_a_part_whose_connection_broke_is_retried(client, gateway, files, fault):
    gateway.faults += [pass_through, pass_through, fault]

    client.upload(files[0])

    [file] = gateway.files.values()
    assert (file.state, file.content) == ("completed", CONTENT)


def test_an_expired_presigned_url_is_renewed(client, gateway, files):
    gateway.faults += [pass_through] * 5 + [
        lambda handler: (handler.read_body(), handler.respond_bytes(403, b"", "a/b"))
    ]

    client.upload(files[0])

    [file] = gateway.files.values()
    assert (file.content, file.urls) == (CONTENT, 4)


def test_a_submission_whose_response_was_lost_makes_one_job(client, gateway):
    gateway.faults += [cut_after_dispatch]

    job = client.submit(Prefix("scans"))

    assert list(gateway.jobs) == [job.id]


def test_a_refused_job_removes_the_files_uploaded_for_it(client, gateway, files):
    before = client.upload(files[0])
    # Created, one part, completed; then submitted.
    gateway.faults += [pass_through] * 3 + [refuse(422, "archive_among_uploads", "c.jpg is an archive.")]

    with pytest.raises(Refused, match="is an archive"):
        client.submit([before, files[2]])

    assert list(gateway.files) == [before.id]


def test_a_service_lost_during_an_upload_is_the_reported_error(gateway, files):
    gateway.faults += [pass_through, *[cut_at_once] * 50]

    with Client(gateway.url, patience=0.5) as client, pytest.raises(ServiceUnreachable):
        client.upload(files[0])


def test_if_one_file_cannot_be_uploaded_none_is_kept(client, gateway, files):
    gateway.faults += [pass_through] * 2 + [refuse(409, "upload_closed", "It takes no more parts.")]

    with pytest.raises(Conflict):
        client.upload_all(files[:1])

    assert gateway.files == {}


def test_an_unsuitable_source_is_refused_before_anything_is_sent(client, gateway, tmp_path, files):
    (tmp_path / "empty.jpg").touch()

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    with pytest.raises(SourceError, match="through a pipe"):
        client.upload(Pipe(CONTENT))
    with pytest.raises(SourceError, match="is empty"):
        client.submit([*files, tmp_path / "empty.jpg"])
    with pytest.raises(SourceError, match="no file"):
        client.submit([])
    with pytest.raises(SourceError, match=r"Too many files: 1,001\. A job takes up to 1,000"):
        client.submit(files[:1] * 1001)

    assert gateway.requests == []


def test_a_file_that_changes_during_the_upload_is_not_kept(client, gateway, files):
    def shrink(handler):
        files[0].write_bytes(b"")
        handler.dispatch()

    gateway.faults.append(shrink)

    with pytest.raises(SourceError, match="became shorter"):
        client.upload(files[0])

    assert gateway.files == {}


def test_the_command_submits_files_and_uploads_together(run, gateway, files):
    uploads = run("upload", *files[:2]).stdout.split()

    ran = run("submit", *uploads, files[2])

    assert (ran.exit_code, ran.stdout) == (0, "job_01\n")
    (third,) = gateway.files.keys() - uploads
    assert gateway.json_requests[0]["source"]["uploads"] == [*uploads, third]


@pytest.mark.parametrize(
    ("words", "source"),
    [
        (["s3://scans"], {"type": "s3_prefix", "bucket": "scans", "prefix": ""}),
        (["s3://scans/1931/"], {"type": "s3_prefix", "bucket": "scans", "prefix": "1931/"}),
        (["s3://scans/a.CSV"], {"type": "manifest", "bucket": "scans", "key": "a.CSV"}),
        (["s3://scans/a", "--manifest", "csv"], {"type": "manifest", "bucket": "scans", "key": "a", "format": "csv"}),
    ],
)
def test_the_command_tells_a_prefix_from_a_manifest_by_the_address(run, gateway, words, source):
    assert run("submit", *words).exit_code == 0

    assert gateway.json_requests[0]["source"] == source


def test_a_dry_run_prints_a_few_lines_and_leaves_nothing(run, gateway, files):
    ran = run("submit", *files, "--dry-run", "--vividness", 0.7)

    assert (ran.exit_code, ran.stderr) == (0, "")
    assert ran.stdout.splitlines() == [
        "pictures   98,211",
        "skipped    14",
        "size       184.6 GB",
        "pixels     about 1,180,000 megapixels",
        "time       about 8 h 46 min",
        "Your last job went at 3.11 pictures a second.",
    ]
    assert gateway.json_requests[0]["options"] == {"vividness": 0.7}
    assert (gateway.files, gateway.jobs) == ({}, {})


def test_a_dry_run_without_pictures_exits_with_1(run, gateway):
    gateway.dry_run |= {"items": 0, "bytes": 0, "megapixels": None, "estimated_seconds": None}

    ran = run("submit", "s3://scans/1932/", "--dry-run")

    assert ran.exit_code == 1
    assert ran.stdout.splitlines()[-1] == "The source contains no pictures; a job for it would fail."


def test_an_incomplete_dry_run_reports_what_is_missing(run, gateway):
    gateway.dry_run |= {"missing": 2, "complete": False}

    lines = run("submit", "s3://scans/1932/", "--dry-run").stdout.splitlines()

    assert lines[0] == "pictures   at least 98,211"
    assert lines[2] == "missing    2 of the 32 sampled"
    assert lines[-1] == "Counting stopped at the time limit; the source has more."


@pytest.mark.parametrize(
    "words",
    [
        ["s3://scans/a", "s3://scans/b"],
        ["s3://"],
        ["s3://scans/", "--filename", "a.zip"],
        [__file__, "-"],
        [__file__, "."],
        [__file__, __file__, "--filename", "a.zip"],
        [__file__, "--manifest", "csv"],
    ],
)
def test_incompatible_arguments_are_wrong_usage(run, gateway, words):
    assert run("submit", *words).exit_code == 2
    assert gateway.requests == []


def test_an_unknown_upload_is_reported(run, client, gateway):
    upload = f"upl_{7:026}"

    ran = run("submit", upload)

    assert (ran.exit_code, ran.stderr) == (3, f"photochrom: There is no upload {upload}.\n")
    with pytest.raises(NotFound):
        client.drop_upload(upload)
