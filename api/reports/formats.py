"""A report's rows as lines of text: JSON lines, and CSV that is safe to open in a spreadsheet."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from api.reports.schemas import ReportRow

# What makes a spreadsheet evaluate a cell as a formula (OWASP, "CSV Injection"), also as typed on an Asian keyboard.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# A spreadsheet may separate cells by these, depending on its locale: `a;=formula` must be in quotes as well. The writer
# quotes what contains a character of its line terminator.
_FURTHER_SEPARATORS = ";\t"
_LINE_END = "\r\n"

# The fixed columns of a CSV; those of the manifest follow.
FIELDS = [name for name in ReportRow.model_fields if name != "columns"]


@dataclass(frozen=True, slots=True)
class ReportFormat:
    """`header` and `line` are given the names of the manifest's columns."""

    extension: str
    media_type: str
    header: Callable[[Sequence[str]], str]
    line: Callable[[ReportRow, Sequence[str]], str]


def json_line(row: ReportRow, _: Sequence[str]) -> str:
    return f"{row.model_dump_json()}\n"


def csv_line(row: ReportRow, columns: Sequence[str] = ()) -> str:
    """`columns` are those of the manifest, in order."""
    values = row.model_dump(mode="json")
    manifest_values = values.pop("columns") or {}
    return _csv_record(_cell(value) for value in (*values.values(), *map(manifest_values.get, columns)))


def csv_header(columns: Sequence[str] = ()) -> str:
    return _csv_record((*FIELDS, *(f"column_{name}" for name in columns)))


JSON_LINES = ReportFormat("jsonl", "application/x-ndjson", lambda _: "", json_line)
CSV = ReportFormat("csv", "text/csv; charset=utf-8; header=present", csv_header, csv_line)
CSV_WITH_BOM = replace(CSV, header=lambda columns: "\ufeff" + csv_header(columns))


def _cell(value: Any) -> Any:
    """Names come from strangers: one that a spreadsheet takes for a formula could run commands when it is opened."""
    if isinstance(value, dict | list):
        return json.dumps(value) if value else None
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def _csv_record(cells: Iterable[Any]) -> str:
    text = io.StringIO()
    terminator = _FURTHER_SEPARATORS + _LINE_END
    csv.writer(text, lineterminator=terminator).writerow(cells)
    return text.getvalue().removesuffix(terminator) + _LINE_END
