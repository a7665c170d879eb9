"""Whether memory stays flat while gigabytes of large scans are processed: `python -m benchmarks.large_scans`.

Distinct gray scans of 12 to 50 megapixels are zipped while they are sent, so that the disk only holds what the service
stores: three times the requested gigabytes. The shipped colorizer colorizes all of them, and results.zip is read to its
end. Each process is sampled once a second together with its children. For each of the three phases, the 90th percentile
of a process in the second half is compared with that in the first half.
"""

import argparse
import random
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
from numpy.typing import NDArray
from photochrom import Client, Job
from PIL import Image

from api.results.zip_format import CentralDirectory, ZipEntry, local_header
from benchmarks.archives import encode
from benchmarks.compose import scan
from benchmarks.memory import MemoryCourse, sampled
from benchmarks.report import Row, conclude
from benchmarks.stacks import pids
from tests.fixtures.stack import RunningStack, stack_running

MEGAPIXELS = (12.0, 24.0, 50.0)
# Three JPEGs for each TIFF, as in most archives.
EXTENSIONS = ("jpg", "jpg", "jpg", "tif")
GB = 1e9
FLAT = 0.10


def distinct_scans(total_bytes: float) -> Iterator[tuple[str, bytes]]:
    """Names and contents: a few scenes, each time shifted by a different offset."""
    scenes: list[NDArray[np.uint8]] = [np.asarray(scan(megapixels)) for megapixels in MEGAPIXELS]
    rng, made, number = random.Random(1), 0, 0
    while made < total_bytes:
        scene, extension = rng.choice(scenes), rng.choice(EXTENSIONS)
        shifted = np.roll(scene, (rng.randrange(scene.shape[0]), rng.randrange(scene.shape[1])), (0, 1))
        content = encode(Image.fromarray(shifted), extension)
        yield f"reel {number // 100:02d}/scan {number:05d}.{extension}", content
        made, number = made + len(content), number + 1


def zipped(pictures: Iterator[tuple[str, bytes]]) -> Iterator[bytes]:
    """Yield a zip of the pictures, one picture at a time."""
    directory, records = CentralDirectory(), []
    for name, content in pictures:
        entry = ZipEntry(name, len(content), zlib.crc32(content))
        records.append(directory.add(entry))
        yield local_header(entry)
        yield content
    yield from records
    yield directory.end()


def send(url: str, total_bytes: float) -> Job:
    body = zipped(distinct_scans(total_bytes))
    response = httpx.post(f"{url}/v1/jobs", params={"filename": "scans.zip"}, content=body, timeout=600)
    response.raise_for_status()
    return Job.from_json(response.json())


def read_results(url: str, job: Job) -> int:
    with httpx.stream("GET", f"{url}/v1/jobs/{job.id}/results.zip", timeout=600) as response:
        response.raise_for_status()
        return sum(map(len, response.iter_raw()))


def run(stack: RunningStack, client: Client, total_bytes: float) -> dict[str, dict[str, MemoryCourse]]:
    """The memory use by phase and process."""
    watching = pids(stack)
    started = time.perf_counter()
    with sampled(watching) as sending:
        job = send(stack.url, total_bytes)
    sent = time.perf_counter()
    with sampled(watching) as colorizing:
        job = client.wait(job)
    done = time.perf_counter()
    with sampled(watching) as reading:
        size = read_results(stack.url, job)
    if job.state != "succeeded" or job.source.bytes is None:
        raise SystemExit(f"the job did not succeed: {job}")
    count, gigabytes = job.counts.succeeded, job.source.bytes / GB
    print(f"{count} scans, {gigabytes:.2f} GB: sent in {sent - started:.0f} s, colorized in {done - sent:.0f} s")
    print(f"({count / (done - sent):.2f}/s), {size / GB:.2f} GB of results read in {time.perf_counter() - done:.0f} s.")
    return {"sending": sending, "colorizing": colorizing, "reading": reading}


def row_of(name: str, courses: dict[str, MemoryCourse], gigabytes: float) -> Row:
    """The maximum of a process, and its growth in the phase in which it grew most."""
    phase, worst = max(courses.items(), key=lambda course: course[1].late_growth())
    most = max(course.most for course in courses.values())
    share = worst.late_growth() / most
    measured = f"at most {most:.0f} MB; {share:+.1%}, {worst.slope():+.1f} MB a minute while {phase}"
    return Row(
        f"{gigabytes:g} GB of scans, memory of {name}", f"≤ {FLAT:+.0%} in a second half", measured, share <= FLAT
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.large_scans", description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=5.0)
    gigabytes = parser.parse_args().gigabytes
    with (
        tempfile.TemporaryDirectory() as folder,
        stack_running(Path(folder, "home")) as stack,
        Client(stack.url) as client,
    ):
        phases = run(stack, client, gigabytes * GB)
    names = next(iter(phases.values()))
    return conclude(row_of(name, {phase: phases[phase][name] for phase in phases}, gigabytes) for name in names)


if __name__ == "__main__":
    sys.exit(main())
