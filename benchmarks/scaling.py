"""The throughput of sixteen workers compared with one: `python -m benchmarks.scaling`.

The stub colorizer takes 200 ms a picture and no CPU, as a device would, so that only the service limits the speedup.
Rates are measured while all workers are busy; the best of a few windows counts.
"""

import argparse
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from photochrom import Client

from benchmarks.archives import encode, noise, numbered_zip
from benchmarks.memory import MB, process_tree, total_resident
from benchmarks.report import Row, conclude
from benchmarks.stacks import stub_stack, wait_for_pictures
from infra.standalone.servers import BUCKET_NAME
from shared.storage.keys import result_key
from tests.fixtures.stack import RunningStack

VARIANTS = 16
STARTED_TOGETHER = 4
POLL_SECONDS = 0.1
SMALL = {"PHOTOCHROM_WORKER__DECODERS": "1", "PHOTOCHROM_WORKER__MINIBATCH": "1"}


def rate(results: Path, seconds: float) -> float:
    """Pictures a second: the slope of the number of results in the bucket.

    Not of the job's progress, which is recorded only once a second.
    """
    started, times, counts = time.perf_counter(), list[float](), list[int]()
    while time.perf_counter() < started + seconds:
        times.append(time.perf_counter() - started)
        counts.append(sum(1 for _ in results.iterdir()))
        time.sleep(POLL_SECONDS)
    return float(np.polyfit(times, counts, 1)[0])


def best_rate(stack: RunningStack, client: Client, archive: Path, *, warm: int, windows: int, seconds: float) -> float:
    """The best rate of a few windows after `warm` pictures are done."""
    job = client.submit(archive)
    wait_for_pictures(client, job, warm)
    results = (stack.home / "bucket" / BUCKET_NAME / result_key(job.id, 0, 1, "", "")).parent
    best = max(rate(results, seconds) for _ in range(windows))
    client.cancel(job)
    if client.wait(job).state != "canceled":
        raise SystemExit("the job ended before its rate was measured")
    return best


def start_workers(stack: RunningStack, count: int) -> list[str]:
    with ThreadPoolExecutor(STARTED_TOGETHER) as starters:
        return list(starters.map(lambda _: stack.start_worker(), range(count)))


def memory_of_workers(stack: RunningStack) -> float:
    """MB of the largest extra worker, including its decoders."""
    return max(total_resident(process_tree(worker.pid)) for worker in stack.workers.values()) / MB


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    parser.add_argument("--workers", type=int, default=16)
    parser.add_argument("--windows", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=12.0, help="length of a window")
    arguments = parser.parse_args()
    count, windows, seconds = arguments.workers, arguments.windows, arguments.seconds
    with tempfile.TemporaryDirectory() as folder:
        pictures = [encode(noise(32, 24, seed), "jpg") for seed in range(VARIANTS)]
        # Enough to keep all workers busy until the end of the last window.
        enough = round(count * 5 * (windows + 2) * (seconds + 5))
        archive = numbered_zip(Path(folder, "scans.zip"), enough, pictures)
        home = Path(folder, "home")
        with stub_stack(home, "steady", **SMALL) as stack, Client(stack.url) as client:
            alone = best_rate(stack, client, archive, warm=8, windows=windows, seconds=seconds)
            start_workers(stack, count - 1)
            together = best_rate(stack, client, archive, warm=count * 16, windows=windows, seconds=seconds)
            memory = memory_of_workers(stack)
    print(f"one worker {alone:.2f}/s, {count} workers {together:.1f}/s, each with its decoder at most {memory:.0f} MB")
    what = f"{count} stub workers, 200 ms a picture, against one"
    return conclude([Row.at_least(what, together / alone, 15 / 16 * count, "×", more=f"{together:.0f} pictures/s")])


if __name__ == "__main__":
    sys.exit(main())
