"""The table in docs/performance.md: new rows replace those of the same benchmark, and all others stay."""

from pathlib import Path

import pytest

from benchmarks import __main__ as bench
from benchmarks.report import HEAD, Row, is_missed, is_row

MET, MISSED = str(Row.at_most("a poll", 1.5, 2, "×")), str(Row.at_least("workers", 1, 15, "×", more="a | b"))


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "performance.md"
    path.write_text(f"# How fast\n\n{bench.BEGIN}{bench.END}\n\nThe rest.\n")
    monkeypatch.setattr(bench, "PAGE", path)
    return path


def test_rows_are_distinguished_from_the_head_and_missed_from_met() -> None:
    assert [is_row(line) for line in (*HEAD, MET, MISSED, "a poll took | so long")] == [False, False, True, True, False]
    assert [is_missed(row) for row in (MET, MISSED, str(Row("a number", "", "7", None)))] == [False, True, False]


def test_the_table_is_written_between_its_marks_in_the_order_of_the_benchmarks(page: Path) -> None:
    bench.write_page({"poll": [MET], "scaling": [MISSED]})

    before, _, after = page.read_text().partition(bench.BEGIN)
    table, _, rest = after.partition(bench.END)
    assert (before, rest) == ("# How fast\n\n", "\n\nThe rest.\n")
    assert table.strip().splitlines()[2:] == [f"| `scaling` {MISSED}", f"| `poll` {MET}"]
    assert len({line.count("|") for line in table.strip().splitlines()}) == 1


def test_rows_that_were_not_measured_again_stay(page: Path) -> None:
    bench.write_page({"poll": [MISSED], "scaling": [MISSED, MET]})
    bench.write_page({"poll": [MET]})

    assert bench.rows_on(page.read_text()) == {"scaling": [MISSED, MET], "poll": [MET]}


def test_a_benchmark_without_rows_yields_a_missed_row() -> None:
    (row,) = bench.rows_of("report", ())

    assert is_row(row)
    assert is_missed(row)
