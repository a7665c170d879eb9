"""How long somebody waits for a preview in other colors: `python -m benchmarks.recolor`.

A whole stack with one worker per role colorizes photographs, once each. Then their previews are colorized anew, one
request after the other, with another vividness each time and a hint every second time. The first ones, which warm up
the worker, are not counted. The ratio is that of a job for the same picture, from its submission until it has ended.
The processor time is what all of the stack's processes used, which does not depend on what else the machine does.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import httpx
import numpy as np
from photochrom import Client, Hint, Job
from photochrom.sources.stored import JobItems

from benchmarks.archives import photographs, write_zip
from benchmarks.processor import processor_seconds
from benchmarks.report import Row, conclude
from tests.fixtures.stack import stack_running

WARM_UP = 5


def recolor_seconds(url: str, job: Job, numbers: range, pictures: int) -> list[float]:
    seconds = []
    with httpx.Client(base_url=url, timeout=30) as http:
        for number in numbers:
            coloring: dict[str, object] = {"vividness": 0.2 + number % 7 / 5}
            if number % 2:
                coloring["hints"] = [{"x": 0.5, "y": 0.5, "color": "#b03020"}]
            start = time.perf_counter()
            answer = http.post(f"/v1/jobs/{job.id}/items/{number % pictures}/colorize", json=coloring)
            seconds.append(time.perf_counter() - start)
            answer.raise_for_status()
    return seconds


def job_seconds(client: Client, job: Job, count: int, pictures: int) -> list[float]:
    seconds = []
    for number in range(count):
        start = time.perf_counter()
        hints = [Hint(0.5, 0.5, "#b03020")] if number % 2 else []
        again = client.wait(client.submit(JobItems(job.id, [number % pictures]), vividness=1.2, hints=hints))
        seconds.append(time.perf_counter() - start)
        if again.state != "succeeded":
            raise SystemExit(f"a picture did not succeed: {again}")
    return seconds


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recolor", description=__doc__)
    parser.add_argument("--requests", type=int, default=60)
    parser.add_argument("--pictures", type=int, default=8)
    parser.add_argument("--longest", type=int, default=2000, help="longest side of a picture in pixels")
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as scratch,
        stack_running(Path(scratch) / "home") as stack,
        Client(stack.url) as client,
    ):
        entries = list(photographs(arguments.pictures, longest=arguments.longest))
        job = client.wait(client.submit(write_zip(Path(scratch) / "scans.zip", entries)))
        recolor_seconds(stack.url, job, range(WARM_UP), arguments.pictures)
        before = processor_seconds(running.pid for running in stack.processes.values())
        seconds = recolor_seconds(stack.url, job, range(arguments.requests), arguments.pictures)
        used = (processor_seconds(running.pid for running in stack.processes.values()) - before) / arguments.requests
        of_job = float(np.median(job_seconds(client, job, 10, arguments.pictures)))
    p50, p95 = np.percentile(seconds, [50, 95])
    details = (
        f"p50 {p50:.2f} s, longest {max(seconds):.2f} s; {used:.2f} s of processor time; "
        f"{p50 / of_job:.2f} of the time of a job for the picture"
    )
    return conclude([Row.at_most("a preview in other colors, on a warm worker: p95", p95, 1, "s", more=details)])


if __name__ == "__main__":
    sys.exit(main())
