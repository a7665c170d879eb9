"""Indexing a zip compared with `zipfile`, and its memory compared with that for a short archive.

`python -m benchmarks.index`: both read the same local file in turns; the ratio is that of the best rounds.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from benchmarks.archives import numbered_zip
from benchmarks.memory import MB
from benchmarks.report import Row, conclude
from shared.archives.names import MemberNames
from shared.archives.zip_index import zip_entries

FEW = 200


class FileReader:
    """A local file as the index reads it: with no storage between, as `zipfile` reads it."""

    def __init__(self, file: BinaryIO) -> None:
        self.size = os.fstat(file.fileno()).st_size
        self._file = file

    async def read(self, offset: int, length: int) -> bytes:
        return os.pread(self._file.fileno(), length, offset)


async def _index(path: Path, names: MemberNames | None) -> int:
    count = 0
    with path.open("rb") as file:
        async for entry in zip_entries(FileReader(file)):
            if names is not None:
                names.assign(entry.name, entry.index)
            count += 1
    return count


def index(path: Path) -> int:
    return asyncio.run(_index(path, None))


def index_and_name(path: Path) -> int:
    """What expanding does with each entry, except storing it."""
    return asyncio.run(_index(path, MemberNames()))


def index_by_zipfile(path: Path) -> int:
    with zipfile.ZipFile(path) as archive:
        return len(archive.infolist())


def best_seconds(path: Path, rounds: int, *ways: Callable[[Path], int]) -> list[float]:
    """The fastest of `rounds` for each way. They alternate, so that a busy machine slows all of them."""
    best = [float("inf")] * len(ways)
    for _ in range(rounds):
        for number, way in enumerate(ways):
            started = time.perf_counter()
            way(path)
            best[number] = min(best[number], time.perf_counter() - started)
    return best


def peak_bytes(path: Path, way: Callable[[Path], int]) -> int:
    tracemalloc.start()
    way(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.index", description=__doc__)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        few = numbered_zip(Path(folder, "few.zip"), FEW, [b"silver"])
        many = numbered_zip(Path(folder, "many.zip"), arguments.entries, [b"silver"])
        *ours, reference = best_seconds(many, arguments.rounds, index, index_and_name, index_by_zipfile)
        growth = [(peak_bytes(many, way) - peak_bytes(few, way)) / MB for way in (index, index_and_name)]
    parsed, with_names = (seconds / reference for seconds in ours)
    what = f"index of {arguments.entries:,} entries"
    return conclude(
        [
            Row.at_most(
                f"{what}: time, against `zipfile`", parsed, 3, "×", more=f"with unique paths {with_names:.1f} ×"
            ),
            Row(
                f"{what}: additional memory compared with {FEW}",
                "",
                f"{growth[0]:.1f} MB, with unique paths {growth[1]:.1f} MB",
                None,
            ),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
