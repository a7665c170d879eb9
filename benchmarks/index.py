"""How long indexing a zip takes compared with `zipfile`, and how much memory it needs however long the archive is.

`python -m benchmarks.index`: both read the same local file, alternately; the ratio is that of the best rounds.
"""

import argparse
import asyncio
import tempfile
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

from shared.archives.names import MemberNames
from shared.archives.reader import FileReader
from shared.archives.zip_index import zip_entries

FEW = 200


def write_zip(path: Path, entries: int) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(entries):
            archive.writestr(f"box-{number // 500:03d}/glass negative {number:06d}.jpg", b"silver")


async def _index(path: Path, names: MemberNames | None) -> int:
    reader, count = FileReader(path), 0
    async for entry in zip_entries(reader):
        if names is not None:
            names.assign(entry.name, entry.index)
        count += 1
    reader.close()
    return count


def index(path: Path) -> int:
    return asyncio.run(_index(path, None))


def index_and_name(path: Path) -> int:
    """What expand does with each entry, short of storing it."""
    return asyncio.run(_index(path, MemberNames()))


def index_by_zipfile(path: Path) -> int:
    with zipfile.ZipFile(path) as archive:
        return len(archive.infolist())


def best_seconds(path: Path, rounds: int, *ways: Callable[[Path], int]) -> list[float]:
    """The fastest of `rounds`, for each way; taken in turns, so that a busy machine is busy for all of them."""
    best = [float("inf")] * len(ways)
    for _ in range(rounds):
        for number, way in enumerate(ways):
            begun = time.perf_counter()
            way(path)
            best[number] = min(best[number], time.perf_counter() - begun)
    return best


def peak_bytes(path: Path, way: Callable[[Path], int]) -> int:
    tracemalloc.start()
    way(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.index", description=__doc__)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        few, many = Path(folder, "few.zip"), Path(folder, "many.zip")
        write_zip(few, FEW)
        write_zip(many, arguments.entries)
        ways = (index, index_and_name, index_by_zipfile)
        *ours, reference = best_seconds(many, arguments.rounds, *ways)
        print(f"{arguments.entries} entries, against zipfile's {reference:.2f} s:")
        for way, seconds in zip(ways, ours, strict=False):
            growth = (peak_bytes(many, way) - peak_bytes(few, way)) / 1024**2
            print(f"  {way.__name__:15} {seconds / reference:5.2f} × the time, {growth:5.1f} MB more than for {FEW}")
        growth = (peak_bytes(many, index_by_zipfile) - peak_bytes(few, index_by_zipfile)) / 1024**2
        print(f"  {'zipfile':15}  1.00 × the time, {growth:5.1f} MB more than for {FEW}")


if __name__ == "__main__":
    main()
