"""A job of 100,000 pictures on the whole stack: `python -m benchmarks.large_job`.

Measures the time from accepted to running, and the additional memory of processes without torch compared with 200
pictures of as many bytes; checks that items, report and results.zip are exact. The colorizer is a stub. Without
`--whole`, the job is canceled after some pictures; all checks still apply.
"""

import argparse
import json
import sys
import tempfile
import time
import zipfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx
from photochrom import Client, Job

from benchmarks import memory
from benchmarks.archives import encode, noise, numbered_name, numbered_zip
from benchmarks.report import Row, conclude
from benchmarks.stacks import SERVERS, TORCH_FREE, pids, stub_stack, wait_for_pictures
from tests.fixtures.stack import RunningStack

FEW = 200
VARIANTS = 64
# Pictures to colorize before the job is canceled.
SOME = 2_000
POLL_SECONDS = 0.05


def few_and_many(folder: Path, many: int) -> tuple[Path, Path]:
    """Two zips of about the same size, with few and many entries."""
    tiny = [encode(noise(32, 24, seed), "jpg") for seed in range(VARIANTS)]
    large = numbered_zip(folder / "many.zip", many, tiny)
    side = round((large.stat().st_size / FEW) ** 0.5)
    return numbered_zip(folder / "few.zip", FEW, [encode(noise(side, side), "png")]), large


def seconds_until_running(client: Client, job: Job) -> float:
    started = time.perf_counter()
    while client.job(job).state in ("queued", "expanding"):
        time.sleep(POLL_SECONDS)
    return time.perf_counter() - started


def finish(client: Client, job: Job, some: int | None) -> Job:
    """Wait for the job to end, or cancel it after `some` pictures."""
    if some is not None:
        wait_for_pictures(client, job, some)
        client.cancel(job)
    return client.wait(job)


def check_everything(stack: RunningStack, client: Client, job: Job, count: int, scratch: Path) -> None:
    """Raise SystemExit unless items, report and results.zip agree with the counts and contain each entry once."""
    states = Counter(item.state for item in client.items(job))
    rows = [json.loads(line) for line in b"".join(client.report(job)).splitlines()]
    names = [row["name"] for row in rows]
    _check(names == [numbered_name(number) for number in range(count)], "the report does not list every entry once")
    _check(states == Counter(row["state"] for row in rows), "the report and the items differ")
    counts = {"succeeded": job.counts.succeeded, "canceled": job.counts.canceled}
    _check(states == Counter(counts), f"the counts are {job.counts}, the states {states}")
    results = _download(f"{stack.url}/v1/jobs/{job.id}/results.zip", scratch / "results.zip")
    _check_results(results, [row["member"] for row in rows if row["state"] == "succeeded"])


def _check_results(path: Path, members: Sequence[str]) -> None:
    """Check that every member is intact and listed once, in order, and that equal sources have equal results."""
    checksums: defaultdict[int, set[int]] = defaultdict(set)
    with zipfile.ZipFile(path) as archive:
        _check(archive.testzip() is None, "an entry of results.zip is damaged")
        _check(archive.namelist() == list(members), "results.zip does not hold every result once")
        for entry in archive.infolist():
            checksums[int(Path(entry.filename).stem.split()[-1]) % VARIANTS].add(entry.CRC)
    _check(all(len(distinct) == 1 for distinct in checksums.values()), "the same picture came back in different colors")


def _download(url: str, path: Path) -> Path:
    with httpx.stream("GET", url, timeout=600) as response, path.open("wb") as file:
        response.raise_for_status()
        for part in response.iter_bytes():
            file.write(part)
    return path


def _check(holds: bool, message: str) -> None:
    if not holds:
        raise SystemExit(message)


def submit(client: Client, path: Path, watched: Mapping[str, int]) -> Job:
    """Submit, then reset the peaks: they are those of an accepted job. An upload's memory depends on its bytes, not
    its items; `benchmarks.large_scans` measures that.
    """
    job = client.submit(path)
    memory.reset_peaks(watched)
    return job


def measure(stack: RunningStack, client: Client, scratch: Path, many: int, some: int | None) -> list[Row]:
    small, large = few_and_many(scratch, many)
    watched = pids(stack, *TORCH_FREE, *SERVERS)
    for _ in range(2):  # The first round imports and connects everything.
        check_everything(stack, client, client.wait(submit(client, small, watched)), FEW, scratch)
    before = memory.peaks(watched)

    job = submit(client, large, watched)
    seconds = seconds_until_running(client, job)
    job = finish(client, job, some)
    assert job.sealed_at is not None
    assert job.finished_at is not None
    rate = job.counts.succeeded / (job.finished_at - job.sealed_at).total_seconds()
    check_everything(stack, client, job, many, scratch)
    growth = memory.growth(before, memory.peaks(watched))

    outcome = f"{job.state}: {job.counts.succeeded:,} done at {rate:.0f}/s, {job.counts.canceled:,} canceled"
    return [
        Row.at_most(f"{many:,} entries: accepted to running", seconds, 10, "s"),
        *(
            Row.at_most(f"{many:,} entries, additional memory compared with {FEW}: {n}", growth[n], 8, "MB")
            for n in TORCH_FREE
        ),
        Row(
            f"{many:,} entries, additional memory compared with {FEW}: servers",
            "bounded by their caches",
            ", ".join(f"{name} {growth[name]:.1f} MB" for name in SERVERS),
            None,
        ),
        Row(f"{many:,} entries: counts, items, report, results.zip", "exact", outcome, True),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.large_job", description=__doc__)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--whole", action="store_true", help="colorize all pictures, in a quarter of an hour")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        with stub_stack(scratch / "home") as stack, Client(stack.url) as client:
            some = None if arguments.whole else min(SOME, arguments.entries // 2)
            return conclude(measure(stack, client, scratch, arguments.entries, some))


if __name__ == "__main__":
    sys.exit(main())
