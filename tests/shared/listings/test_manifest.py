"""Manifests: how their rows are read, and which errors refuse a manifest, naming the line."""

from collections.abc import AsyncGenerator

import pytest

from shared.jobs.documents import ManifestFormat
from shared.listings.errors import ManifestInvalid
from shared.listings.manifest import COLUMN_BYTES, MOST_COLUMNS, ROW_BYTES, Row, manifest_rows

pytestmark = pytest.mark.anyio

CSV, JSONL = ManifestFormat.CSV, ManifestFormat.JSONL


async def in_chunks(content: bytes, size: int) -> AsyncGenerator[bytes, None]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def rows(content: str | bytes, form: ManifestFormat, size: int = 7) -> list[Row]:
    raw = content if isinstance(content, bytes) else content.encode()
    return [row async for row in manifest_rows(in_chunks(raw, size), form)]


async def test_a_row_of_json_is_a_key_and_other_columns() -> None:
    content = '{"key": "a.jpg", "title": "Hafen", "year": 1931, "sold": true, "note": null}\n\n{"key":"b/c.png"}'

    assert await rows(content, JSONL) == [
        Row(1, "a.jpg", {"title": "Hafen", "year": "1931", "sold": "true"}),
        Row(3, "b/c.png", {}),
    ]


async def test_a_row_of_csv_is_a_key_and_other_columns() -> None:
    content = 'title,key,\r\n"Hafen, ""alt""",a.jpg,\r\n\r\nDom,b c.jpg\r\n'

    assert await rows(content, CSV) == [
        Row(2, "a.jpg", {"title": 'Hafen, "alt"'}),
        Row(4, "b c.jpg", {"title": "Dom"}),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
async def test_the_delimiters_of_all_spreadsheet_locales_are_recognized(delimiter: str) -> None:
    content = "key,title\na.jpg,Hafen\n".replace(",", delimiter)

    assert await rows(content, CSV) == [Row(2, "a.jpg", {"title": "Hafen"})]


async def test_a_quoted_cell_may_span_lines_and_the_next_row_has_the_right_number() -> None:
    content = 'key,note\na.jpg,"one\ntwo ""2""\nthree"\nb.jpg,"x"\n'

    assert await rows(content, CSV) == [
        Row(2, "a.jpg", {"note": 'one\ntwo "2"\nthree'}),
        Row(5, "b.jpg", {"note": "x"}),
    ]


@pytest.mark.parametrize(("content", "form"), [('{"key":"ä.jpg"}', JSONL), ("key\nä.jpg", CSV)])
@pytest.mark.parametrize("size", [1, 1000])
async def test_a_byte_order_mark_is_ignored(content: str, form: ManifestFormat, size: int) -> None:
    (row,) = await rows(content.encode("utf-8-sig"), form, size)

    assert row.key == "ä.jpg"


async def test_the_same_key_may_come_twice() -> None:
    assert [row.key for row in await rows("key,copy\na.jpg,1\na.jpg,2\n", CSV)] == ["a.jpg", "a.jpg"]


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        ('{"key": "a.jpg"}\n{"key": ', 2, "not JSON"),
        ('{"key": NaN}', 1, "not JSON"),
        ("[" * 20_000, 1, "not JSON"),
        ('["a.jpg"]', 1, "not a JSON object"),
        ('{"name": "a.jpg"}', 1, "`key`"),
        ('{"key": 7}', 1, "`key`"),
        ('{"key": ""}', 1, "`key`"),
        ('{"key": "a/../b.jpg"}', 1, "`..`"),
        ('{"key": "a\\u0000.jpg"}', 1, "control characters"),
        ('{"key": "\\ud800.jpg"}', 1, "`key`"),
        ('{"key": "a.jpg", "title": "\\ud800"}', 1, "surrogate"),
        ('{"key": "' + "k" * 1025 + '"}', 1, "1024 bytes"),
        ('{"key": "a.jpg", "note": "' + "ü" * (COLUMN_BYTES // 2) + '"}', 1, "columns"),
        ('{"key": "a.jpg"}\n' + " " * (ROW_BYTES + 1), 2, "bytes"),
        (b'{"key": "\xff.jpg"}', 1, "UTF-8"),
        ('{"key": "a.jpg"}'.encode("utf-16"), 1, "UTF-8"),
        ("\n".join(f'{{"key": "a", "c{n}": 1}}' for n in range(MOST_COLUMNS + 1)), MOST_COLUMNS + 1, "columns"),
    ],
)
async def test_malformed_json_lines_are_refused(content: str | bytes, line: int, reason: str) -> None:
    with pytest.raises(ManifestInvalid, match=f"^Line {line}: .*{reason}"):
        await rows(content, JSONL, 4096)


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        ("", 1, "no header"),
        ("name,title\na,b\n", 1, "no column `key`"),
        ("Key\na.jpg\n", 1, "no column `key`"),
        ("key,title,title\n", 1, "same name"),
        ("key,title\na.jpg\n,Hafen\n", 3, "`key`"),
        ("key,title\na.jpg,b,c\n", 2, "more cells"),
        ('key\n"a.jpg', 2, "not closed"),
        ('key\n"a" b\n', 2, "not CSV"),
        ('key,note\na.jpg,"' + "\n" * (2 * ROW_BYTES) + '"\n', 2, "too long"),
        ('key,note\na.jpg,"' + '""\n' * ROW_BYTES + '"\n', 2, "too long"),
    ],
)
async def test_malformed_csv_is_refused(content: str, line: int, reason: str) -> None:
    with pytest.raises(ManifestInvalid, match=f"^Line {line}: .*{reason}"):
        await rows(content, CSV, 4096)


async def test_rows_before_a_malformed_line_are_yielded() -> None:
    reading = manifest_rows(in_chunks(b"key\na.jpg\n\xff\n", 100), CSV)

    assert (await anext(reading)).key == "a.jpg"
    with pytest.raises(ManifestInvalid, match="Line 3"):
        await anext(reading)
