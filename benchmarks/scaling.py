"""What sixteen workers do beside one: `python -m benchmarks.scaling`.

Workers whose colorizer takes 200 ms a picture and no processor, as a device would: what keeps them from being sixteen
times as fast is the service around them. Their rates are taken while all are busy, the best of a few windows each; one
worker takes its turn before and after the sixteen.
"""

import argparse
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from photochrom import Client

from benchmarks.archives import encode, noise, numbered_zip
from benchmarks.memory import MB, family, taken_together
from benchmarks.report import Row, conclude
from benchmarks.stacks import pids, stub_stack, wait_for_pictures
from tests.fixtures.stack import RunningStack

VARIANTS = 16
STARTED_AT_ONCE = 4
LOOK_SECONDS = 0.02


def rate(client: Client, job_id: str, seconds: float) -> float:
    """Pictures a second, from one change of a job's progress to another: pictures are recorded a few at a time."""
    began, first = _next_change(client, job_id)
    time.sleep(seconds)
    ended, last = _next_change(client, job_id)
    return (last - first) / (ended - began)


def _next_change(client: Client, job_id: str) -> tuple[float, int]:
    done = client.job(job_id).counts.succeeded
    while True:
        now, job = time.perf_counter(), client.job(job_id)
        if job.is_terminal:
            raise SystemExit("the job was over before its pace was measured")
        if job.counts.succeeded > done:
            return now, job.counts.succeeded
        time.sleep(LOOK_SECONDS)


def best_rate(client: Client, archive: Path, *, warm: int, windows: int, seconds: float) -> float:
    job = client.submit(archive)
    wait_for_pictures(client, job, warm)
    best = max(rate(client, job.id, seconds) for _ in range(windows))
    client.cancel(job)
    client.wait(job)
    return best


def start_workers(stack: RunningStack, count: int) -> list[str]:
    with ThreadPoolExecutor(STARTED_AT_ONCE) as starters:
        return list(starters.map(lambda _: stack.start_worker(), range(count)))


def memory_of_workers(stack: RunningStack) -> float:
    """MB of one of the extra workers, its decoders with it."""
    taken = [taken_together(family(worker.pid)) for worker in stack.workers.values()]
    return max(taken) / MB


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    parser.add_argument("--workers", type=int, default=16)
    parser.add_argument("--windows", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10.0, help="of one window")
    arguments = parser.parse_args()
    count, windows, seconds = arguments.workers, arguments.windows, arguments.seconds
    with tempfile.TemporaryDirectory() as folder:
        pictures = [encode(noise(32, 24, seed), "jpg") for seed in range(VARIANTS)]
        # Enough for all of them to be busy until the last window is over.
        enough = round(count * 5 * (windows + 2) * (seconds + 5))
        archive = numbered_zip(Path(folder, "scans.zip"), enough, pictures)
        home = Path(folder, "home")
        with stub_stack(home, "steady", PHOTOCHROM_WORKER__DECODERS="1") as stack, Client(stack.url) as client:
            alone = [best_rate(client, archive, warm=8, windows=windows, seconds=seconds)]
            start_workers(stack, count - 1)
            together = best_rate(client, archive, warm=count * 16, windows=windows, seconds=seconds)
            taken = memory_of_workers(stack)
            servers = {name: taken_together(family(pid)) / MB for name, pid in pids(stack, "mongo", "bucket").items()}
            stack.stop_workers()
            alone.append(best_rate(client, archive, warm=8, windows=1, seconds=seconds))
    times = together / max(alone)
    print(f"one worker {max(alone):.2f}/s, {count} workers {together:.1f}/s; {taken:.0f} MB each, {servers}")
    what = f"{count} stub workers, 200 ms a picture, against one"
    return conclude([Row.at_least(what, times, 15 / 16 * count, "×", more=f"{together:.0f} pictures/s")])


if __name__ == "__main__":
    sys.exit(main())
