"""The throughput of a worker compared with the best plain loop over the same stages:
`python -m benchmarks.throughput`.

The loop: two processes, each taking half of the scans one by one through ranged GET, decode, infer (one torch thread),
compose and PUTs of the result and its previews, on the same servers, without records, leases or sandbox. The worker:
one bulk worker of a whole stack, from the job's seal to its end. Both alternate on the same archive; the ratio is the
result. On a machine that does other work, too, the ratio of processor time says more: how much of the worker's, with
its decoders, is what the loop needs for the same pictures.
"""

import argparse
import io
import multiprocessing
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import cast

import anyio
import numpy as np
from photochrom import Client, Job

from benchmarks.archives import Entry, encode, write_zip
from benchmarks.compose import scan
from benchmarks.processor import processor_seconds
from benchmarks.report import Row, conclude
from shared.archives.extracting import read_entries
from shared.archives.reader import StorageReader
from shared.archives.zip_index import zip_entries
from shared.settings import StorageSettings
from shared.storage.keys import source_key
from shared.storage.opening import open_storage
from tests.fixtures.stack import RunningStack, stack_running
from worker.process.settings import MODELS_FOLDER

MODEL = "base"
LOOPS = 2
LEAST = 0.95


@dataclass(frozen=True)
class Spent:
    """Wall time, and the processor time of those who colorize, without the servers."""

    seconds: float
    processor_seconds: float


def scans(count: int, megapixels: float) -> list[Entry]:
    """Equal scans under different names, because differences between pictures are not measured here."""
    content = encode(scan(megapixels), "jpg")
    return [Entry(f"scan {number:03d}.jpg", content, "succeeded") for number in range(count)]


def storage_settings(environment: Mapping[str, str]) -> StorageSettings:
    prefix = "PHOTOCHROM_STORAGE__"
    named = {name.removeprefix(prefix).lower(): v for name, v in environment.items() if name.startswith(prefix)}
    return StorageSettings.model_validate(named)


def loop(share: int, key: str, settings: StorageSettings, start: Barrier, spent: "Queue[float]") -> None:
    """One of the two processes; timed from the first barrier to the second."""
    import torch

    torch.set_num_threads(1)
    spent.put(anyio.run(_loop, share, key, settings, start))


async def _loop(share: int, key: str, settings: StorageSettings, start: Barrier) -> float:
    from worker.colorizer import Colorizer, lightness_from_luma
    from worker.imaging import ComposeOptions, Provenance, compose, decode_with_preview, network_input

    colorizer = Colorizer.load(MODELS_FOLDER / f"{MODEL}.safetensors")
    options = ComposeOptions(Provenance("loop", colorizer.name, colorizer.sha256), preview=True)
    with open_storage(settings) as storage:
        reader = await StorageReader.open(storage, key)
        entries = [entry async for entry in zip_entries(reader)]
        half = entries[share::LOOPS]
        colorizer.chroma(np.zeros((1, 1, 256, 256), np.float32))
        start.wait()
        begun = time.process_time()
        async for position, content in read_entries(storage, [entry.locator(key) for entry in half]):
            source = cast(bytes, content)
            luma, facts, preview = decode_with_preview(source)
            lightness = lightness_from_luma(network_input(luma, orientation=facts.orientation))
            chroma = colorizer.chroma(lightness[None, None])[0]
            out = io.BytesIO()
            composed = compose(source, luma, chroma, options, out)
            made = {"result": out.getvalue(), "source-preview": preview, "result-preview": composed.preview}
            for name, content in made.items():
                await storage.put(f"benchmarks/{share}/{position}-{name}", content, "application/octet-stream")
        spent = time.process_time() - begun
        start.wait()
        return spent


def loop_spent(stack: RunningStack, job: Job) -> Spent:
    context = multiprocessing.get_context("spawn")
    start, spent = context.Barrier(LOOPS + 1), context.Queue()
    arguments = (source_key(job.id), storage_settings(stack.environment), start, spent)
    processes = [context.Process(target=loop, args=(share, *arguments)) for share in range(LOOPS)]
    for process in processes:
        process.start()
    start.wait()
    started = time.perf_counter()
    start.wait()
    seconds = time.perf_counter() - started
    processor_seconds = sum(spent.get() for _ in processes)
    for process in processes:
        process.join()
    return Spent(seconds, processor_seconds)


def worker_spent(stack: RunningStack, client: Client, archive: Path) -> tuple[Spent, Job]:
    worker = [stack.processes["worker-bulk"].pid]
    before = processor_seconds(worker)
    job = client.wait(client.submit(archive))
    if job.state != "succeeded" or job.finished_at is None or job.sealed_at is None:
        raise SystemExit(f"the job did not succeed: {job}")
    spent = processor_seconds(worker) - before
    return Spent((job.finished_at - job.sealed_at).total_seconds(), spent), job


def stage_shares(client: Client, job: Job) -> str:
    """Shares of the items' timings. Stages overlap, so these are shares of work, not of wall time."""
    spent: defaultdict[str, float] = defaultdict(float)
    for item in client.items(job):
        for stage, milliseconds in (item.timings_ms or {}).items():
            spent[stage] += milliseconds
    total = sum(spent.values())
    return ", ".join(f"{stage} {milliseconds / total:.0%}" for stage, milliseconds in spent.items())


def measure(stack: RunningStack, archive: Path, rounds: int, what: str) -> list[Row]:
    """`what`: which scans these are."""
    with Client(stack.url) as client:
        _, job = worker_spent(stack, client, archive)  # Warm-up.
        pictures = job.items or 0
        loops, workers = [], []
        for _ in range(rounds):
            loops.append(loop_spent(stack, job))
            spent, job = worker_spent(stack, client, archive)
            workers.append(spent)
            print(f"{what}: loop {_shown(loops[-1], pictures)}; worker {_shown(spent, pictures)}", flush=True)
        print(f"stages: {stage_shares(client, job)}", flush=True)
    return rows(loops, workers, pictures, what)


def rows(loops: list[Spent], workers: list[Spent], pictures: int, scans: str) -> list[Row]:
    best_loop, best_worker = (min(spent.seconds for spent in each) for each in (loops, workers))
    least_loop, least_worker = (min(spent.processor_seconds for spent in each) for each in (loops, workers))
    rate, each = f"{pictures / best_worker:.1f} pictures/s", f"{least_worker / pictures * 1000:.0f} ms a picture"
    what = f"one worker against a loop of {LOOPS} processes, {scans}"
    return [
        Row.at_least(what, best_loop / best_worker, LEAST, "×", more=rate),
        Row.at_least(f"{what}: processor time", least_loop / least_worker, LEAST, "×", more=each),
    ]


def _shown(spent: Spent, pictures: int) -> str:
    return f"{pictures / spent.seconds:.2f}/s, {spent.processor_seconds / pictures * 1000:.0f} ms of a processor each"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.throughput", description=__doc__)
    parser.add_argument("--pictures", type=int, default=48)
    parser.add_argument("--megapixels", type=float, nargs="+", default=[12.0, 0.2])
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    measured: list[Row] = []
    with tempfile.TemporaryDirectory() as scratch, stack_running(Path(scratch) / "home") as stack:
        for megapixels in arguments.megapixels:
            archive = write_zip(Path(scratch) / "scans.zip", scans(arguments.pictures, megapixels))
            measured += measure(stack, archive, arguments.rounds, f"scans of {megapixels:g} MP")
    return conclude(measured)


if __name__ == "__main__":
    sys.exit(main())
