"""Reading a manifest: JSON lines or CSV, a row for each picture, with its `key` and what else its owner wrote there.

A manifest is right or it is refused as a whole, with the line: half of one would pass for all of it. Whether the
objects are there is another matter, and not looked at here.
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

# What spreadsheets write, depending on where in the world they run.
_DELIMITERS = ",;\t"
_UNFINISHED = "unexpected end of data"


@dataclass(frozen=True, slots=True)
class Row:
    """`line` counts from 1: that of the file, in which the row begins."""

    line: int
    key: str
    columns: dict[str, str]


async def manifest_rows(chunks: AsyncIterable[bytes], form: ManifestFormat) -> AsyncGenerator[Row, None]:
    """The rows in their order, in constant memory. Raises ManifestInvalid, possibly after rows were yielded.

    Empty lines are passed over. A value that is no text is given as JSON writes it; one that is null, not at all.
    """
    records = _csv_records if form is ManifestFormat.CSV else _json_records
    seen: set[str] = set()
    async with aclosing(_decoded(chunks)) as lines, aclosing(records(lines)) as found:
        async for line, record in found:
            row = _row(line, record)
            seen |= row.columns.keys()
            if len(seen) > MOST_COLUMNS:
                raise _invalid(line, f"there are more than {MOST_COLUMNS} columns beside `{KEY}`")
            yield row


def _row(line: int, record: dict[str, Any]) -> Row:
    key = record.pop(KEY, None)
    if not isinstance(key, str) or not key:
        raise _invalid(line, f"`{KEY}` is missing, empty, or no text")
    if not is_plain_key(key):
        raise _invalid(line, f"`{KEY}` has more than 1024 bytes, `.` or `..` for a folder, or control characters")
    columns = {name: _text(value) for name, value in record.items() if value is not None}
    try:
        size = sum(len(text.encode()) for pair in columns.items() for text in pair)
    except UnicodeEncodeError:
        raise _invalid(line, "it has half of a surrogate pair, which is no character") from None
    if size > COLUMN_BYTES:
        raise _invalid(line, f"the columns beside `{KEY}` take more than {COLUMN_BYTES} bytes")
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
            raise _invalid(number, "it is no JSON") from None
        if not isinstance(record, dict):
            raise _invalid(number, "it is no JSON object")
        yield number, record


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


async def _csv_records(lines: AsyncIterable[tuple[int, str]]) -> AsyncGenerator[tuple[int, dict[str, Any]], None]:
    """RFC 4180, and what spreadsheets make of it. The first row names the columns; one without a name is left out."""
    names: list[str] | None = None
    delimiter, begun, pending = ",", 0, ""
    async for number, line in lines:
        if not pending and not line.strip():
            continue
        if names is None and not pending:
            delimiter = max(_DELIMITERS, key=line.count)
        if pending and '"' not in line and len(pending) <= ROW_BYTES:
            # What closes a quotation is not in it.
            pending += line
            continue
        begun = begun if pending else number
        cells, pending = _cells(begun, pending + line, delimiter)
        if pending:
            continue
        if names is None:
            names = _header(begun, cells)
        elif any(cells[len(names) :]):
            raise _invalid(begun, f"it has more cells than the {len(names)} columns of the header")
        else:
            yield begun, {name: cell for name, cell in zip(names, cells, strict=False) if name}
    if pending:
        raise _invalid(begun, "a quotation mark is never closed")
    if names is None:
        raise _invalid(1, "there is no header")


def _cells(line: int, record: str, delimiter: str) -> tuple[list[str], str]:
    """The cells of a record; or none yet and the record, which goes on in the next line, inside of quotation marks."""
    try:
        (cells,) = csv.reader([record], delimiter=delimiter, strict=True)
    except csv.Error as error:
        if _UNFINISHED not in str(error):
            raise _invalid(line, f"it is no CSV: {error}") from None
        if len(record) > ROW_BYTES:
            raise _invalid(line, "it is too long, or a quotation mark is never closed") from None
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
