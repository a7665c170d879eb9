"""A fleet on one machine: `python -m benchmarks.fleet` runs 1 to 64 simulated GPU workers on the real servers.

For each number of workers: pictures per second while all are busy, compared with as many times the rate of one; how
long a chunk waits for a free worker after it was sent; and how many operations of queue, database and storage a picture
takes. benchmarks/simulated_workers.py explains what is simulated. `--chart FILE.svg` draws the result.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from photochrom import Client, Job

from benchmarks.archives import encode, noise, numbered_zip
from benchmarks.fleet_chart import write_chart
from benchmarks.fleet_stack import Fleet, fleet_of, fleet_stack
from benchmarks.report import Row, conclude
from benchmarks.tally import OPERATIONS

FLEETS = ["0.2:1,4,16", "1:1,4,16,64"]
LINEAR = 0.97
# Operations per picture of the largest fleet against those of one worker: chunks begin and end in a window by chance.
SAME = 0.05
RAMP_SECONDS = 20.0


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Of a fleet of `workers`."""

    workers: int
    # Of the device, for one picture.
    seconds: float
    pictures_per_second: float
    # Of chunks that found a free worker.
    delays_ms: list[float]
    operations: dict[str, float]
    # Commands that gateway and reconciler send to the database per second, whatever the number of workers.
    others_per_second: float
    document_bytes: float

    @property
    def all_operations(self) -> float:
        return sum(self.operations.values())

    def delay_ms(self, part: float) -> float:
        return sorted(self.delays_ms)[min(int(part * len(self.delays_ms)), len(self.delays_ms) - 1)]

    def __str__(self) -> str:
        spent = ", ".join(f"{name} {count:.2f}" for name, count in self.operations.items())
        return (
            f"{self.workers:3} workers, {self.seconds:g} s a picture: {self.pictures_per_second:6.2f} pictures/s; "
            f"a chunk waits {self.delay_ms(0.5):.0f} ms, p95 {self.delay_ms(0.95):.0f} ms; "
            f"operations per picture: {spent}; bytes of documents per picture: {self.document_bytes:.0f}; "
            f"commands of gateway and reconciler: {self.others_per_second:.0f}/s"
        )


def measure(fleet: Fleet, archives: Path, window: float) -> Measured:
    """Run one job while all workers are busy."""
    count = fleet.workers
    pictures = round(count * (window + 3 * RAMP_SECONDS) / fleet.seconds)
    contents = [encode(noise(32, 24, seed), "jpg") for seed in range(16)]
    archive = numbered_zip(archives / f"{count}-{fleet.seconds:g}.zip", pictures, contents)
    with Client(fleet.stack.url) as client:
        job = client.submit(archive)
        archive.unlink()
        waits = fleet.wait_until_busy(job.id)
        measured = fleet.window(window)
        document_bytes = fleet.document_bytes(job.id)
        _cancel(client, job)
    return Measured(
        workers=count,
        seconds=fleet.seconds,
        pictures_per_second=measured.pictures_per_second,
        delays_ms=[1000 * seconds for seconds in waits],
        operations={name: measured.counted[name] / measured.counted["pictures"] for name in OPERATIONS},
        others_per_second=measured.others_per_second,
        document_bytes=document_bytes,
    )


def _cancel(client: Client, job: Job) -> None:
    client.cancel(job)
    if client.wait(job, timeout=120).state != "canceled":
        raise SystemExit("the job ended before it was measured")


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept:
        yield kept
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def rows_of(series: list[Measured]) -> list[Row]:
    """Of one duration of a picture, by number of workers. The targets are for the largest fleet."""
    least, most = series[0], series[-1]
    return [
        *(_throughput(least, each, target=None) for each in series[1:-1]),
        _throughput(least, most, target=LINEAR),
        _operations(least, most),
    ]


def _throughput(least: Measured, fleet: Measured, target: float | None) -> Row:
    what = f"{fleet.workers} simulated workers, {fleet.seconds:g} s a picture: of linear"
    linear = fleet.pictures_per_second / (fleet.workers / least.workers * least.pictures_per_second)
    wait = f"a chunk waits {fleet.delay_ms(0.5):.0f} ms, p95 {fleet.delay_ms(0.95):.0f} ms"
    rate = f"{fleet.pictures_per_second:.1f} pictures/s; {wait}"
    if target is None:
        return Row(what, "", f"{linear:.2f} × ({rate})", None)
    return Row.at_least(what, linear, target, "×", more=rate)


def _operations(least: Measured, most: Measured) -> Row:
    what = f"{most.workers} simulated workers, {most.seconds:g} s a picture: operations per picture"
    spent = ", ".join(f"{name} {count:.2f}" for name, count in most.operations.items())
    same = abs(most.all_operations / least.all_operations - 1) <= SAME
    both = f"{most.all_operations:.2f} ({spent}), with {least.workers} {least.all_operations:.2f}"
    return Row(what, f"± {SAME:.0%} of {least.workers}", both, same)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fleet", description=__doc__)
    parser.add_argument(
        "--fleets",
        nargs="+",
        default=FLEETS,
        metavar="SECONDS:WORKERS,…",
        help=f"seconds of a picture, and the numbers of workers (default: {' '.join(FLEETS)})",
    )
    parser.add_argument("--window", type=float, default=64.0, help="seconds that are measured")
    parser.add_argument("--chunk-items", type=int, default=16, help="pictures per chunk")
    parser.add_argument("--chart", type=Path, help="write a picture of the measurements: an SVG")
    parser.add_argument("--home", type=Path, help="data folder, which is kept; by default a temporary one")
    arguments = parser.parse_args()
    slowest = max(float(fleet.partition(":")[0]) for fleet in arguments.fleets)
    if arguments.window < 2 * slowest * arguments.chunk_items:
        parser.error(
            f"a chunk takes {slowest * arguments.chunk_items:g} s: a window of {arguments.window:g} s is too short. "
            "Give twice as much."
        )
    measured: dict[float, list[Measured]] = {}
    with _folder(arguments.home) as folder, fleet_stack(folder / "home", arguments.chunk_items) as stack:
        for given in arguments.fleets:
            seconds, _, counts = given.partition(":")
            for count in map(int, counts.split(",")):
                with fleet_of(stack, count, float(seconds)) as fleet:
                    measured.setdefault(fleet.seconds, []).append(measure(fleet, folder, arguments.window))
                print(measured[fleet.seconds][-1], flush=True)
    if arguments.chart:
        write_chart(arguments.chart, measured)
    return conclude(row for series in measured.values() for row in rows_of(series))


if __name__ == "__main__":
    sys.exit(main())
