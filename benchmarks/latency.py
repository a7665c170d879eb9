"""The latency of a single picture while an archive is being colorized: `python -m benchmarks.latency`.

A whole stack with one worker per role runs a bulk job of many pictures: photographs, or JPEGs whose progressive scans
cost a decoder as much as any that is accepted. Meanwhile single pictures are submitted one after the other, each timed
from its submission until its job has ended.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
from photochrom import Client, Job

from benchmarks.archives import Entry, photographs, write_zip
from benchmarks.progressive import scan_bombs
from benchmarks.report import Row, conclude
from benchmarks.stacks import wait_for_pictures
from tests.fixtures.stack import stack_running

ARCHIVES: Mapping[str, Callable[..., Iterator[Entry]]] = {"photographs": photographs, "progressive-scans": scan_bombs}


def single_seconds(client: Client, bulk: Job, count: int, longest: int) -> list[float]:
    """Submit up to `count` singles while the bulk job is running."""
    seconds: list[float] = []
    for entry in photographs(count, seed=2, longest=longest):
        start = time.perf_counter()
        job = client.wait(client.submit(entry.content, filename=Path(entry.name).name))
        seconds.append(time.perf_counter() - start)
        if job.state != "succeeded":
            raise SystemExit(f"a single picture did not succeed: {job}")
        if client.job(bulk).is_terminal:
            break
    return seconds


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.latency", description=__doc__)
    parser.add_argument("--beside", nargs="+", choices=[*ARCHIVES], default=[*ARCHIVES], help="the bulk jobs' pictures")
    parser.add_argument("--pictures", type=int, default=1000, help="pictures in the bulk job")
    parser.add_argument("--singles", type=int, default=60)
    parser.add_argument("--longest", type=int, default=1000, help="longest side of a picture in pixels")
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as scratch,
        stack_running(Path(scratch) / "home") as stack,
        Client(stack.url) as client,
    ):
        return conclude([measure(client, kind, arguments, Path(scratch)) for kind in arguments.beside])


def measure(client: Client, kind: str, arguments: argparse.Namespace, scratch: Path) -> Row:
    entries = list(ARCHIVES[kind](arguments.pictures, longest=arguments.longest))
    bulk = client.submit(write_zip(scratch / "scans.zip", entries))
    wait_for_pictures(client, bulk, 1)
    seconds = single_seconds(client, bulk, arguments.singles, arguments.longest)
    done = client.job(bulk).counts.finished
    client.cancel(bulk)
    client.wait(bulk)
    p50, p95 = np.percentile(seconds, [50, 95])
    details = (
        f"p50 {p50:.2f} s, longest {max(seconds):.2f} s; {len(seconds)} singles, {done} of the archive in that time"
    )
    return Row.at_most(
        f"a single picture while an archive of {kind.replace('-', ' ')} is running: p95", p95, 5, "s", more=details
    )


if __name__ == "__main__":
    sys.exit(main())
