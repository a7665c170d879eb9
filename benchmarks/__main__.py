"""All benchmarks in one table: `python -m benchmarks`, or `make bench`.

Each runs in a separate process and prints its rows (benchmarks/report.py); a failed one also yields a row. Benchmarks
that take longer than a few minutes run only with `--full`. With `--write`, rows of benchmarks that were not run stay in
the page.
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
# A row of the page: the benchmark's name, then the row that it printed.
ROW = re.compile(r"\| `(\w+)` (\| .+)")


@dataclass(frozen=True)
class Benchmark:
    """A module of this package with its arguments for a quick and a full run; None: not part of that run."""

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
    Benchmark("recolor"),
    Benchmark("flood"),
    Benchmark("results_zip", quick=("--downloaded", "2000")),
    Benchmark("hostile"),
    Benchmark("watching"),
    Benchmark("large_scans", quick=None),
    Benchmark("fleet", quick=None, full=("--chart", "docs/fleet.svg")),
)


def rows_of(module: str, arguments: tuple[str, ...]) -> list[str]:
    """Run a benchmark, echo its output, and return its rows."""
    print(f"\n# benchmarks.{module} {' '.join(arguments)}".rstrip(), flush=True)
    started, rows = time.monotonic(), []
    command = [sys.executable, "-m", f"benchmarks.{module}", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            if is_row(line.rstrip()):
                rows.append(line.rstrip())
    print(f"# {time.monotonic() - started:.0f} s", flush=True)
    if rows:
        return rows
    return [
        str(Row(f"`python -m benchmarks.{module}`", "", f"exited with {process.returncode} without rows", met=False))
    ]


def table_of(rows: Mapping[str, list[str]]) -> str:
    """One table of all rows, in the order of the benchmarks."""
    title, line = HEAD
    modules = [benchmark.module for benchmark in BENCHMARKS]
    body = [f"| `{module}` {row}" for module in modules for row in rows.get(module, [])]
    return "\n".join([f"| `benchmarks.` {title}", f"|---{line}", *body])


def rows_on(page: str) -> dict[str, list[str]]:
    rows: dict[str, list[str]] = {}
    for line in page.partition(BEGIN)[2].partition(END)[0].splitlines():
        if match := ROW.fullmatch(line):
            rows.setdefault(match[1], []).append(match[2])
    return rows


def write_page(rows: Mapping[str, list[str]]) -> None:
    """Replace the rows of these benchmarks in the table of docs/performance.md, between its marks."""
    page = PAGE.read_text()
    before, _, rest = page.partition(BEGIN)
    table = table_of({**rows_on(page), **rows})
    PAGE.write_text(f"{before}{BEGIN}\n{table}\n\n{END}{rest.partition(END)[2]}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--full", action="store_true", help="run the long benchmarks, too: an hour, and 20 GB of disk")
    parser.add_argument(
        "--only", nargs="+", choices=[benchmark.module for benchmark in BENCHMARKS], help="run only these"
    )
    parser.add_argument("--write", action="store_true", help="write the rows into docs/performance.md")
    arguments = parser.parse_args()
    rows: dict[str, list[str]] = {}
    for benchmark in BENCHMARKS:
        module_arguments = benchmark.full if arguments.full else benchmark.quick
        if module_arguments is not None and (arguments.only is None or benchmark.module in arguments.only):
            rows[benchmark.module] = rows_of(benchmark.module, module_arguments)
            if arguments.write:
                write_page(rows)
    print(f"\n{table_of(rows)}")
    return int(any(is_missed(row) for printed in rows.values() for row in printed))


if __name__ == "__main__":
    sys.exit(main())
