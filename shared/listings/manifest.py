"""Reading a manifest: JSON lines or CSV, one row per picture, with its `key` and any other columns.

A malformed manifest is refused as a whole, naming the line: half of it would be taken for all of it. Whether the
objects exist is not checked here.
"""

import csv
import json
from codecs import BOM_UTF8
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from shared.jobs.documents import ManifestFormat
from shared.listings.errors import ManifestInvalid
from shared.listings.lines import LineTooLong, split_lines
from shared.storage.keys import is_plain_key

KEY = "key"
ROW_BYTES = 32 * 1024
COLUMN_BYTES = 2048
MOST_COLUMNS = 64

# Which of these a spreadsheet writes depends on its locale.
_DELIMITERS = ",;\t"
_UNFINISHED = "unexpected end of data"


@dataclass(frozen=True, slots=True)
class Row:
    """`line` is where the row begins in the file, from 1."""

    line: int
    key: str
    columns: dict[str, str]


async def manifest_rows(chunks: AsyncIterable[bytes], form: ManifestFormat) -> AsyncGenerator[Row, None]:
    """The rows in order, in constant memory. Raises ManifestInvalid, possibly after some rows were yielded.

    Empty lines are skipped. Values other than text are given as JSON; null is left out.
    """
    records = _csv_records if form is ManifestFormat.CSV else _json_records
    columns: set[str] = set()
    async with aclosing(_decoded(chunks)) as lines, aclosing(records(lines)) as numbered:
        async for line, record in numbered:
            row = _row(line, record)
            columns |= row.columns.keys()
            if len(columns) > MOST_COLUMNS:
                raise _invalid(line, f"there are more than {MOST_COLUMNS} columns besides `{KEY}`")
            yield row


def _row(line: int, record: dict[str, Any]) -> Row:
    key = record.pop(KEY, None)
    if not isinstance(key, str) or not key:
        raise _invalid(line, f"`{KEY}` is missing, empty, or not text")
    if not is_plain_key(key):
        raise _invalid(line, f"`{KEY}` has more than 1024 bytes, a folder `.` or `..`, or control characters")
    columns = {name: _text(value) for name, value in record.items() if value is not None}
    try:
        size = sum(len(text.encode()) for pair in columns.items() for text in pair)
    except UnicodeEncodeError:
        raise _invalid(line, "it has half of a surrogate pair, which is not a character") from None
    if size > COLUMN_BYTES:
        raise _invalid(line, f"the columns besides `{KEY}` have more than {COLUMN_BYTES} bytes")
    return Row(line, key, columns)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


async def _decoded(chunks: AsyncIterable[bytes]) -> AsyncGenerator[tuple[int, str], None]:
    number = 0
    try:
        async with aclosing(split_lines(chunks, ROW_BYTES)) as lines:
            async for line in lines:
                number += 1
                yield number, (line.removeprefix(BOM_UTF8) if number == 1 else line).decode()
    except LineTooLong as error:
        raise _invalid(error.number, f"it has more than {ROW_BYTES} bytes") from None
    except UnicodeDecodeError:
        raise _invalid(number, "it is not UTF-8") from None


async def _json_records(lines: AsyncIterable[tuple[int, str]]) -> AsyncGenerator[tuple[int, dict[str, Any]], None]:
    async for number, line in lines:
        if not line.strip():
            continue
        try:
            record = json.loads(line, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            raise _invalid(number, "it is not JSON") from None
        if not isinstance(record, dict):
            raise _invalid(number, "it is not a JSON object")
        yield number, record


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


async def _csv_records(lines: AsyncIterable[tuple[int, str]]) -> AsyncGenerator[tuple[int, dict[str, Any]], None]:
    """RFC 4180 as spreadsheets write it. The first row names the columns; columns without a name are ignored."""
    names: list[str] | None = None
    delimiter, first, pending = ",", 0, ""
    async for number, line in lines:
        if not pending and not line.strip():
            continue
        if names is None and not pending:
            delimiter = max(_DELIMITERS, key=line.count)
        if pending and '"' not in line and len(pending) <= ROW_BYTES:
            # Without a quotation mark, this line cannot end the quoted cell.
            pending += line
            continue
        first = first if pending else number
        cells, pending = _cells(first, pending + line, delimiter)
        if pending:
            continue
        if names is None:
            names = _header(first, cells)
        elif any(cells[len(names) :]):
            raise _invalid(first, f"it has more cells than the {len(names)} columns of the header")
        else:
            yield first, {name: cell for name, cell in zip(names, cells, strict=False) if name}
    if pending:
        raise _invalid(first, "a quotation mark is not closed")
    if names is None:
        raise _invalid(1, "there is no header row")


def _cells(line: int, record: str, delimiter: str) -> tuple[list[str], str]:
    """The cells of a record. If it continues on the next line, in a quoted cell: no cells, and the record so far."""
    try:
        (cells,) = csv.reader([record], delimiter=delimiter, strict=True)
    except csv.Error as error:
        if _UNFINISHED not in str(error):
            raise _invalid(line, f"it is not CSV: {error}") from None
        if len(record) > ROW_BYTES:
            raise _invalid(line, "it is too long, or a quotation mark is not closed") from None
        return [], record
    return cells, ""


def _header(line: int, cells: list[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    named = [name for name in names if name]
    if KEY not in named:
        raise _invalid(line, f"the header has no column `{KEY}`")
    if len(set(named)) < len(named):
        raise _invalid(line, "two columns of the header have the same name")
    return names


def _invalid(line: int, detail: str) -> ManifestInvalid:
    return ManifestInvalid(f"Line {line}: {detail}.")
