"""Everything that DESIGN promises about speed and size, as one table: `python -m benchmarks`, or `make bench`.

Each benchmark runs in a process of its own and prints its rows (benchmarks/report.py). One that fails is a row, too.
What takes longer than a few minutes is measured with `--full` only. Rows on the page of benchmarks that were not run
stay as they are.
"""

import argparse
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.report import HEAD, Row, is_missed, is_row

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- measured: begin -->\n", "<!-- measured: end -->"
# A row of the table of all: before what was measured, by which benchmark.
ROW = re.compile(r"\| `(\w+)` (\| .+)")


@dataclass(frozen=True)
class Benchmark:
    """A module beside this one; `quick` and `full` are its arguments. None: not to be run then."""

    module: str
    quick: tuple[str, ...] | None = ()
    full: tuple[str, ...] = ()


BENCHMARKS = (
    Benchmark("throughput"),
    Benchmark("compose"),
    Benchmark("scaling", quick=("--windows", "2")),
    Benchmark("index"),
    Benchmark("large_job", full=("--whole",)),
    Benchmark("poll"),
    Benchmark("latency"),
    Benchmark("results_zip", quick=("--downloaded", "2000")),
    Benchmark("hostile"),
    Benchmark("large_scans", quick=None),
)


def rows_of(module: str, arguments: tuple[str, ...]) -> list[str]:
    """Run one; what it prints is passed on as it comes."""
    print(f"\n# benchmarks.{module} {' '.join(arguments)}".rstrip(), flush=True)
    began, rows = time.monotonic(), []
    command = [sys.executable, "-m", f"benchmarks.{module}", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            if is_row(line.rstrip()):
                rows.append(line.rstrip())
    print(f"# {time.monotonic() - began:.0f} s", flush=True)
    if rows:
        return rows
    return [str(Row(f"`python -m benchmarks.{module}`", "", f"ended with {process.returncode} and no rows", met=False))]


def table_of(rows: Mapping[str, list[str]]) -> str:
    """The rows of each benchmark, in its place."""
    title, line = HEAD
    ours = [f"| `{each.module}` {row}" for each in BENCHMARKS for row in rows.get(each.module, [])]
    return "\n".join([f"| `benchmarks.` {title}", f"|---{line}", *ours])


def rows_on(page: str) -> dict[str, list[str]]:
    rows: dict[str, list[str]] = {}
    for line in page.partition(BEGIN)[2].partition(END)[0].splitlines():
        if match := ROW.fullmatch(line):
            rows.setdefault(match[1], []).append(match[2])
    return rows


def write_page(rows: Mapping[str, list[str]]) -> None:
    """Put the rows into the table in docs/performance.md, between its marks, in the place of their benchmarks' own."""
    page = PAGE.read_text()
    before, _, rest = page.partition(BEGIN)
    table = table_of({**rows_on(page), **rows})
    PAGE.write_text(f"{before}{BEGIN}\n{table}\n\n{END}{rest.partition(END)[2]}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--full", action="store_true", help="also what takes longer: an hour, and 20 GB of disk")
    parser.add_argument("--only", nargs="+", choices=[each.module for each in BENCHMARKS], help="these alone")
    parser.add_argument("--write", action="store_true", help="put the rows into docs/performance.md")
    arguments = parser.parse_args()
    rows: dict[str, list[str]] = {}
    for each in BENCHMARKS:
        wanted = each.full if arguments.full else each.quick
        if wanted is not None and (arguments.only is None or each.module in arguments.only):
            rows[each.module] = rows_of(each.module, wanted)
            if arguments.write:
                write_page(rows)
    print(f"\n{table_of(rows)}")
    return int(any(is_missed(row) for each in rows.values() for row in each))


if __name__ == "__main__":
    sys.exit(main())
