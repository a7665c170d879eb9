"""Everything that DESIGN promises about speed and size, as one table: `python -m benchmarks`, or `make bench`.

Each benchmark runs in a process of its own and prints its rows (benchmarks/report.py). One that fails is a row, too.
What takes longer than a few minutes is measured with `--full` only.
"""

import argparse
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.report import HEAD, Row, is_missed, is_row

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- measured: begin -->\n", "<!-- measured: end -->"


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


def write_page(table: str) -> None:
    """Put the table into docs/performance.md, between its marks."""
    page = PAGE.read_text()
    before, _, rest = page.partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{table}\n\n{END}{rest.partition(END)[2]}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--full", action="store_true", help="also what takes longer: an hour, and 20 GB of disk")
    parser.add_argument("--only", nargs="+", choices=[each.module for each in BENCHMARKS], help="these alone")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    arguments = parser.parse_args()
    rows: list[str] = []
    for each in BENCHMARKS:
        wanted = each.full if arguments.full else each.quick
        if wanted is not None and (arguments.only is None or each.module in arguments.only):
            rows += rows_of(each.module, wanted)
    table = "\n".join([*HEAD, *rows])
    print(f"\n{table}")
    if arguments.write:
        write_page(table)
    return int(any(map(is_missed, rows)))


if __name__ == "__main__":
    sys.exit(main())
