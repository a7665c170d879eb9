"""Time to the first byte of a large `results.zip`, and whether other tools can read it:
`python -m benchmarks.results_zip`.

The gateway runs on the embedded servers. The job is written into the store as workers would have left it, with results
that share a few small objects. It is compared with a job whose chunks have no sums, so that the gateway must read its
items. `curl` downloads it, is interrupted and resumes; `zipfile` and `unzip` test the file.
"""

import argparse
import asyncio
import filecmp
import hashlib
import logging
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from pathlib import Path

import httpx
import structlog

from api.settings import GatewaySettings
from benchmarks.archives import numbered_name
from benchmarks.report import Row, conclude
from migrations.runner import upgrade
from shared.chunks.documents import Chunk, Item, Result, new_chunk, sum_results
from shared.clock import utc_now
from shared.jobs.documents import Job, JobKind, Source, Totals
from shared.jobs.options import Options
from shared.lifecycle import Counts, ItemState, JobState
from shared.mongo import open_database
from shared.queue import Queue
from tests.api.stage import JPEG, Stage, gateway_running, settings_for, write_cards
from tests.fixtures.stack import servers_running

CHUNK_ITEMS = 64
INSERTED_TOGETHER = 16


def finished_item(job: Job, index: int) -> Item:
    name = numbered_name(index)
    result = Result(
        key=f"jobs/{job.id}/results/{index % 16}.jpg",
        bytes=len(JPEG),
        sha256=hashlib.sha256(JPEG).hexdigest(),
        crc32=zlib.crc32(JPEG),
        width=4000,
        height=3000,
        media_type="image/jpeg",
        checkpoint="0" * 64,
    )
    return Item(index=index, name=name, member=name, locator=None, state=ItemState.SUCCEEDED, results=[result])


def finished_chunk(job: Job, no: int, items: int, *, with_sums: bool) -> Chunk:
    done = [finished_item(job, index) for index in range(no * CHUNK_ITEMS, min((no + 1) * CHUNK_ITEMS, items))]
    chunk = new_chunk(job.id, no, Queue.BULK, done)
    return chunk.model_copy(update={"sums": sum_results(done) if with_sums else None})


async def write_job(stage: Stage, items: int, with_sums: bool) -> str:
    """Write a finished job; return its URL."""
    chunks = -(-items // CHUNK_ITEMS)
    job = Job(
        owner="local",
        kind=JobKind.BULK,
        state=JobState.SUCCEEDED,
        source=Source(key="nowhere", filename="scans.zip", media_type="application/zip", bytes=1, sha256="0"),
        options=Options(model="base"),
        chunk_items=CHUNK_ITEMS,
        chunks=chunks,
        totals=Totals(items=items, bytes=items),
        counts=Counts(succeeded=items),
        created_at=utc_now(),
    )
    for number in range(16):
        await stage.gateway.storage.put(f"jobs/{job.id}/results/{number}.jpg", JPEG, "image/jpeg")
    for first in range(0, chunks, INSERTED_TOGETHER):
        numbers = range(first, min(first + INSERTED_TOGETHER, chunks))
        await stage.gateway.chunks.insert([finished_chunk(job, no, items, with_sums=with_sums) for no in numbers])
    await stage.gateway.jobs.insert(job)
    return f"{stage.url}/v1/jobs/{job.id}"


def download_by_curl(url: str, path: Path, *options: str) -> Path:
    """Raise CalledProcessError if curl fails."""
    subprocess.run(["curl", "-sS", "--fail", *options, "-o", str(path), url], check=True)
    return path


def resume_by_curl(url: str, path: Path, size: int) -> Path:
    """Download with a curl that is killed in the middle, and another that resumes (`-C -`)."""
    with subprocess.Popen(["curl", "-sS", "-o", str(path), url]) as curl:
        while not path.exists() or path.stat().st_size < size // 3:
            time.sleep(0.01)
        curl.kill()
    if not size // 3 <= path.stat().st_size < size:
        raise SystemExit("the download ended before it was interrupted")
    return download_by_curl(url, path, "-C", "-")


def readers(path: Path, items: int) -> dict[str, bool]:
    """Which tools read the archive to its end without an error."""
    with zipfile.ZipFile(path) as archive:
        by_zipfile = archive.testzip() is None and len(set(archive.namelist())) == items
    unzip = subprocess.run(["unzip", "-tqq", str(path)], check=False)
    return {"zipfile": by_zipfile, "unzip -t": unzip.returncode == 0}


def seconds_to_first_byte(url: str, byte_range: str) -> float:
    started = time.perf_counter()
    with httpx.stream("GET", url, headers={"Range": byte_range}, timeout=120) as response:
        response.raise_for_status()
        next(response.iter_raw())
        return time.perf_counter() - started


async def migrate(settings: GatewaySettings) -> None:
    async with open_database(settings.mongo) as database:
        await upgrade(database)


def first_bytes(stage: Stage, items: int) -> Row:
    """Time to the first byte, with and without the chunks' sums."""
    first: dict[bool, float] = {}
    for with_sums in (False, True):
        url = f"{stage.portal.call(write_job, stage, items, with_sums)}/results.zip"
        first[with_sums] = seconds_to_first_byte(url, "bytes=0-")
    middle = seconds_to_first_byte(url, f"bytes={items * len(JPEG) // 2}-")
    details = f"then from the middle {middle:.2f} s; without the chunks' sums {first[False]:.2f} s"
    return Row.at_most(f"results.zip of {items:,} items: first byte", first[True], 1, "s", more=details)


def downloads(stage: Stage, items: int, folder: Path) -> list[Row]:
    """Whether other tools can read it after a plain and a resumed download."""
    url = f"{stage.portal.call(write_job, stage, items, True)}/results.zip"
    started = time.perf_counter()
    whole = download_by_curl(url, folder / "whole.zip")
    print(f"{items:,} results in {time.perf_counter() - started:.0f} s", flush=True)
    resumed = resume_by_curl(url, folder / "resumed.zip", whole.stat().st_size)
    is_same = filecmp.cmp(whole, resumed, shallow=False)
    what = f"results.zip of {items:,} items"
    return [
        Row(f"{what}: `curl -C -` after an interruption", "the same file", "same" if is_same else "other", is_same),
        *(
            Row(f"{what}, by `{name}`", "sound", "sound" if is_sound else "damaged", is_sound)
            for name, is_sound in readers(whole, items).items()
        ),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.results_zip", description=__doc__)
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--downloaded", type=int, default=20_000, help="items of the downloaded archive")
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as scratch, servers_running(Path(scratch) / "home") as servers:
        settings = settings_for(servers, "results_zip", write_cards(Path(scratch) / "cards", "base"))
        asyncio.run(migrate(settings))
        with gateway_running(settings) as stage:
            first = first_bytes(stage, arguments.items)
            return conclude([first, *downloads(stage, arguments.downloaded, Path(scratch))])


if __name__ == "__main__":
    sys.exit(main())
