"""Seeds and variants, end to end: several plausible colorings of each scan, reproducible from their seed."""

import io
import itertools
import json
import random
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import httpx
import numpy as np
import pytest
from photochrom import Client, Job, NotFound
from PIL import Image

from benchmarks.archives import encode, photograph
from tests.fixtures.stack import RunningStack
from tests.shared.archives.making import make_zip

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

NAMES = ("1931/a.jpg", "1931/b.png", "variant-1/c.tif")
SEED, VARIANTS = 7, 3


@pytest.fixture(scope="module")
def scans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three photographs in three formats, one of them in a folder named like those of variants, and a broken one."""
    rng = random.Random(11)
    entries = [(name, encode(photograph(rng), Path(name).suffix[1:])) for name in NAMES]
    path = tmp_path_factory.mktemp("variants") / "scans.zip"
    path.write_bytes(make_zip([*entries, ("broken.jpg", entries[0][1][:300])]))
    return path


@pytest.fixture(scope="module")
def finished(client: Client, scans: Path) -> Job:
    return client.wait(client.submit(scans, seed=SEED, variants=VARIANTS), timeout=240)


def archived(stack: RunningStack, job: Job) -> dict[str, bytes]:
    content = httpx.get(f"{stack.url}/v1/jobs/{job.id}/results.zip").raise_for_status().content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_every_scan_has_the_requested_number_of_results(
    stack: RunningStack, client: Client, finished: Job, tmp_path: Path
) -> None:
    done = client.download(finished, tmp_path)

    files = {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in tmp_path.rglob("*.*")}
    assert files == archived(stack, finished)
    assert set(files) == {f"variant-{number}/{name}" for number in (1, 2, 3) for name in NAMES}
    assert (done.written, finished.counts.succeeded, finished.counts.failed) == (9, 3, 1)


def test_the_variants_differ_in_color_and_not_in_lightness(client: Client, finished: Job) -> None:
    variants = [Image.open(io.BytesIO(client.result(finished, 1, number))) for number in (1, 2, 3)]

    lightness = [np.asarray(image.convert("L"), np.int16) for image in variants]
    for first, second in itertools.pairwise(range(VARIANTS)):
        assert np.abs(lightness[first] - lightness[second]).max() <= 2
        assert np.abs(np.asarray(variants[first], np.int16) - np.asarray(variants[second], np.int16)).mean() > 1


def test_the_report_lists_each_result_with_its_seed(client: Client, finished: Job) -> None:
    rows = [json.loads(line) for line in b"".join(client.report(finished)).splitlines()]

    assert [(row["name"], row["variant"], row["seed"]) for row in rows] == [
        *((name, number, SEED) for name in NAMES for number in (1, 2, 3)),
        ("broken.jpg", None, None),
    ]


def test_a_result_can_be_reproduced_from_its_metadata(client: Client, finished: Job, scans: Path) -> None:
    drawn = client.result(finished, 0, 2)
    match = re.search(rb'AIPromptInformation="seed=(\d+);variant=(\d+);vividness=([\d.]+)"', drawn)
    assert match is not None
    with zipfile.ZipFile(scans) as archive:
        scan = archive.read(NAMES[0])

    seed, variant, vividness = match.groups()
    again = client.submit(scan, filename="a.jpg", seed=int(seed), variants=int(variant), vividness=float(vividness))

    assert client.result(client.wait(again, timeout=120), variant=2) == drawn


def test_the_first_variant_of_seed_0_equals_the_result_of_a_plain_job(client: Client, scans: Path) -> None:
    with zipfile.ZipFile(scans) as archive:
        scan = archive.read(NAMES[0])

    plain, first = (client.wait(client.submit(scan, **options), timeout=120) for options in ({}, {"variants": 2}))

    assert client.result(first) == client.result(plain)
    assert client.result(first, variant=2) != client.result(plain)
    with pytest.raises(NotFound, match="There is no variant 3"):
        client.result(first, variant=3)


def test_a_retry_keeps_all_variants_of_succeeded_items(client: Client, scans: Path) -> None:
    job = client.wait(client.submit(scans, variants=2), timeout=240)
    before = [item.results for item in client.items(job)]

    again = client.wait(client.retry(job), timeout=120)

    assert (again.run, again.counts) == (2, job.counts)
    assert [item.results for item in client.items(again)] == before
    assert [len(results) for results in before] == [2, 2, 2, 0]


def test_the_command_downloads_all_variants(
    stack: RunningStack, client: Client, finished: Job, scans: Path, tmp_path: Path
) -> None:
    options = ["--seed", str(SEED), "--variants", str(VARIANTS), "--output", str(tmp_path)]
    command = [sys.executable, "-m", "photochrom", "submit", str(scans), *options, "--url", stack.url]

    run = subprocess.run(command, capture_output=True, check=False)

    assert run.returncode == 1, run.stderr.decode()  # One picture is broken.
    results = {result.member: result.sha256 for item in client.items(finished) for result in item.results}
    assert len(results) == 9
    files = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")}
    assert files == set(results)
