"""Jobs from files, earlier uploads, prefixes and manifests, submitted with the command to a whole stack."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import anyio
import httpx
import pytest
from click.testing import Result
from photochrom.cli import app
from PIL import Image
from typer.testing import CliRunner

from benchmarks.archives import photographs, write_zip
from shared.storage.s3 import S3Storage
from tests.fixtures.stack import RunningStack, storage_settings_of

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

Command = Callable[..., Result]
SCANS = [(Path(entry.name).name, entry.content) for entry in photographs(3, seed=11)]


@pytest.fixture(scope="module")
def run(stack: RunningStack) -> Command:
    """The command, run in this process without a terminal."""
    return lambda *words: CliRunner().invoke(app, [*map(str, words), "--url", stack.url])


@pytest.fixture(scope="module")
def museum(stack: RunningStack) -> dict[str, str]:
    """A bucket that jobs may read, with scans and manifests. Returns the ETag of each key."""
    contents = {f"1931/{name}": content for name, content in SCANS}
    contents["1931/readme.txt"] = b"About these scans."
    first, second = (f"1931/{name}" for name, _ in SCANS[:2])
    contents["lists/good.csv"] = f"key,inventory\n{second},A-2\n{first},A-1\n1931/gone.jpg,A-3\n".encode()
    contents["lists/without-a-key.csv"] = f"file,inventory\n{first},A-1\n".encode()

    async def fill() -> dict[str, str]:
        for key, content in contents.items():
            await bucket.put(key, content, "application/octet-stream")
        return {entry.key: entry.etag async for entry in bucket.list_prefix("")}

    storage = S3Storage(storage_settings_of(stack.environment))
    bucket = storage.in_bucket("museum")
    anyio.run(bucket.ensure_bucket)
    return anyio.run(fill)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / name for name, _ in SCANS]
    for path, (_, content) in zip(paths, SCANS, strict=True):
        path.write_bytes(content)
    return paths


def test_several_files_form_one_job_and_are_downloaded(run: Command, files: list[Path], tmp_path: Path) -> None:
    ran = run("submit", *files, "--output", tmp_path / "out", "--json")

    assert ran.exit_code == 0, ran.stderr
    job = json.loads(ran.stdout)
    assert (job["source"]["type"], job["source"]["count"], job["counts"]["succeeded"]) == ("uploads", 3, 3)
    assert [size_of(tmp_path / "out" / path.name) for path in files] == [size_of(path) for path in files]


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as picture:
        return picture.size


def test_a_prefix_is_colorized_and_left_unchanged(
    run: Command, stack: RunningStack, museum: dict[str, str], tmp_path: Path
) -> None:
    ran = run("submit", "s3://museum/1931/", "--output", tmp_path / "out")

    assert ran.exit_code == 0, ran.stderr
    assert ran.stdout.splitlines()[2:5] == ["succeeded  3", "failed     0", "skipped    1 (1 not_an_image)"]
    assert {path.name for path in (tmp_path / "out").iterdir()} == {name for name, _ in SCANS}

    async def now() -> dict[str, str]:
        bucket = S3Storage(storage_settings_of(stack.environment)).in_bucket("museum")
        return {entry.key: entry.etag async for entry in bucket.list_prefix("")}

    assert anyio.run(now) == museum


def test_the_report_contains_the_columns_of_the_manifest(run: Command, museum: dict[str, str], tmp_path: Path) -> None:
    ran = run("submit", "s3://museum/lists/good.csv", "--wait", "--json")

    job = json.loads(ran.stdout)
    assert (ran.exit_code, job["state"]) == (1, "partially_succeeded")
    assert run("report", job["id"], "--output", tmp_path / "report.csv").exit_code == 0
    with (tmp_path / "report.csv").open(newline="") as file:
        rows = [(row["name"], row["error_code"], row["column_inventory"]) for row in csv.DictReader(file)]
    first, second = (f"1931/{name}" for name, _ in SCANS[:2])
    assert rows == [(second, "", "A-2"), (first, "", "A-1"), ("1931/gone.jpg", "source_missing", "A-3")]


def test_earlier_uploads_are_submitted_by_their_ids(run: Command, files: list[Path], tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "scans.zip", list(photographs(3, seed=12)))
    upload = run("upload", archive).stdout.strip()
    several = run("upload", *files[:2]).stdout.split()

    dry, once, twice = (run("submit", upload, *more) for more in (["--dry-run"], ["--wait"], []))

    assert dry.stdout.startswith("pictures   3\n")
    assert (once.exit_code, once.stdout.splitlines()[2]) == (0, "succeeded  3")
    job = once.stdout.split()[1]
    assert (twice.exit_code, twice.stdout) == (3, "")
    assert twice.stderr == f"photochrom: scans.zip ({upload}) belongs to {job} already. Upload the file again.\n"
    assert run("submit", *several, files[2], "--wait").stdout.splitlines()[2] == "succeeded  3"


def test_a_dry_run_counts_and_stores_nothing(
    run: Command, stack: RunningStack, museum: dict[str, str], files: list[Path], tmp_path: Path
) -> None:
    archive = write_zip(tmp_path / "scans.zip", list(photographs(3, seed=12)))
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(SCANS[0][1])
    sources = [["s3://museum/1931/"], ["s3://museum/lists/good.csv"], [archive], files, [folder], files[:1]]
    before = run("list", "--json").stdout, uploads_left(stack)

    ran = [run("submit", *source, "--dry-run", "--json") for source in sources]

    assert [(each.exit_code, each.stderr) for each in ran] == [(0, "")] * len(sources)
    reports = [json.loads(each.stdout) for each in ran]
    assert [(each["items"], each["skipped"], each["missing"]) for each in reports] == [
        (3, 1, 0),
        (3, 0, 1),
        (3, 0, 0),
        (3, 0, 0),
        (1, 0, 0),
        (1, 0, 0),
    ]
    assert [each["megapixels"] > 0 for each in reports] == [True] * len(sources)
    assert (run("list", "--json").stdout, uploads_left(stack)) == before


def uploads_left(stack: RunningStack) -> list[str]:
    async def keys() -> list[str]:
        storage = S3Storage(storage_settings_of(stack.environment))
        return [entry.key async for entry in storage.list_prefix("uploads/")]

    return anyio.run(keys)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("s3://unheard-of/1931/", "Jobs may not read this bucket. The operator decides which buckets they may."),
        ("s3://museum/lists/without-a-key.csv", "Line 1: the header has no column `key`."),
        ("s3://museum/lists/gone.csv", "There is no manifest 'lists/gone.csv' in the bucket."),
    ],
)
def test_an_invalid_address_is_reported_before_anything_is_done(
    run: Command, museum: dict[str, str], address: str, message: str
) -> None:
    ran = run("submit", address, "--dry-run")

    assert (ran.exit_code, ran.stdout, ran.stderr) == (3, "", f"photochrom: {message}\n")


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("s3://museum/1932/", "empty_archive: There is no picture in it."),
        ("s3://museum/lists/without-a-key.csv", "manifest_invalid: Line 1: the header has no column `key`."),
    ],
)
def test_invalid_content_at_an_address_fails_the_job(
    run: Command, museum: dict[str, str], address: str, message: str
) -> None:
    ran = run("submit", address, "--wait")

    assert ran.exit_code == 1
    assert ran.stdout.splitlines()[2] == f"error      {message}"


def test_an_incomplete_upload_cannot_be_submitted(run: Command, stack: RunningStack) -> None:
    upload = httpx.post(f"{stack.url}/v1/uploads", json={"filename": "a.jpg", "bytes": 5}).json()["id"]

    ran = run("submit", upload)

    assert (ran.exit_code, ran.stderr) == (
        3,
        f"photochrom: a.jpg ({upload}) is not completed yet. Complete it first.\n",
    )
