"""The throughput of a worker compared with the best plain loop over the same stages:
`python -m benchmarks.throughput`.

The loop: two processes, each taking half of the scans one by one through ranged GET, decode, infer (one torch thread),
compose and PUT, on the same servers, without records, leases or sandbox. The worker: one bulk worker of a whole stack,
from the job's seal to its end. Both alternate on the same archive; the ratio is the result.
"""

import argparse
import io
import multiprocessing
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import cast

import anyio
import numpy as np
from photochrom import Client, Job

from benchmarks.archives import Entry, encode, write_zip
from benchmarks.compose import scan
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
LEAST = 0.8


def scans(count: int, megapixels: float) -> list[Entry]:
    """Equal scans under different names, because differences between pictures are not measured here."""
    content = encode(scan(megapixels), "jpg")
    return [Entry(f"scan {number:03d}.jpg", content, "succeeded") for number in range(count)]


def storage_settings(environment: Mapping[str, str]) -> StorageSettings:
    prefix = "PHOTOCHROM_STORAGE__"
    named = {name.removeprefix(prefix).lower(): v for name, v in environment.items() if name.startswith(prefix)}
    return StorageSettings.model_validate(named)


def loop(share: int, key: str, settings: StorageSettings, start: Barrier) -> None:
    """One of the two processes; timed from the first barrier to the second."""
    import torch

    torch.set_num_threads(1)
    anyio.run(_loop, share, key, settings, start)


async def _loop(share: int, key: str, settings: StorageSettings, start: Barrier) -> None:
    from worker.colorizer import Colorizer, lightness_from_luma
    from worker.imaging import ComposeOptions, Provenance, compose, decode, network_input

    colorizer = Colorizer.load(MODELS_FOLDER / f"{MODEL}.safetensors")
    options = ComposeOptions(Provenance("loop", colorizer.name, colorizer.sha256))
    with open_storage(settings) as storage:
        reader = await StorageReader.open(storage, key)
        entries = [entry async for entry in zip_entries(reader)]
        half = entries[share::LOOPS]
        colorizer.chroma(np.zeros((1, 1, 256, 256), np.float32))
        start.wait()
        async for position, content in read_entries(storage, [entry.locator(key) for entry in half]):
            source = cast(bytes, content)
            luma, facts = decode(source)
            lightness = lightness_from_luma(network_input(luma, orientation=facts.orientation))
            chroma = colorizer.chroma(lightness[None, None])[0]
            out = io.BytesIO()
            compose(source, luma, chroma, options, out)
            await storage.put(f"benchmarks/{share}/{position}.jpg", out.getvalue(), "image/jpeg")
        start.wait()


def loop_seconds(stack: RunningStack, job: Job) -> float:
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(LOOPS + 1)
    arguments = (source_key(job.id), storage_settings(stack.environment), start)
    processes = [context.Process(target=loop, args=(share, *arguments)) for share in range(LOOPS)]
    for process in processes:
        process.start()
    start.wait()
    started = time.perf_counter()
    start.wait()
    seconds = time.perf_counter() - started
    for process in processes:
        process.join()
    return seconds


def worker_seconds(client: Client, archive: Path) -> tuple[float, Job]:
    job = client.wait(client.submit(archive))
    if job.state != "succeeded" or job.finished_at is None or job.sealed_at is None:
        raise SystemExit(f"the job did not succeed: {job}")
    return (job.finished_at - job.sealed_at).total_seconds(), job


def stage_shares(client: Client, job: Job) -> str:
    """Shares of the items' timings. Stages overlap, so these are shares of work, not of wall time."""
    spent: defaultdict[str, float] = defaultdict(float)
    for item in client.items(job):
        for stage, milliseconds in (item.timings_ms or {}).items():
            spent[stage] += milliseconds
    total = sum(spent.values())
    return ", ".join(f"{stage} {milliseconds / total:.0%}" for stage, milliseconds in spent.items())


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.throughput", description=__doc__)
    parser.add_argument("--pictures", type=int, default=48)
    parser.add_argument("--megapixels", type=float, default=12.0)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        archive = write_zip(Path(scratch) / "scans.zip", scans(arguments.pictures, arguments.megapixels))
        with stack_running(Path(scratch) / "home") as stack, Client(stack.url) as client:
            _, job = worker_seconds(client, archive)  # Warm-up.
            rounds = []
            for _ in range(arguments.rounds):
                plain = loop_seconds(stack, job)
                ours, job = worker_seconds(client, archive)
                rounds.append((plain, ours))
                print(f"loop {arguments.pictures / plain:.2f}/s, worker {arguments.pictures / ours:.2f}/s", flush=True)
            print(f"stages: {stage_shares(client, job)}")
    best_loop, best_worker = (min(column) for column in zip(*rounds, strict=True))
    what = f"one worker against a loop of {LOOPS} processes, scans of {arguments.megapixels:g} MP"
    rate = f"{arguments.pictures / best_worker:.1f} pictures/s"
    return conclude([Row.at_least(what, best_loop / best_worker, LEAST, "×", more=rate)])


if __name__ == "__main__":
    sys.exit(main())
