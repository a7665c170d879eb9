"""The streaming form parser: the result does not depend on how the body is chunked."""

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.submission.errors import InvalidForm
from api.submission.form import boundary_of, read_form

BOUNDARY = b"xYz"


async def in_pieces(content: bytes, cuts: list[int]) -> AsyncIterator[bytes]:
    edges = [0, *sorted(min(cut, len(content)) for cut in cuts), len(content)]
    for begin, end in pairwise(edges):
        yield content[begin:end]


def form_of(fields: dict[str, str], filename: bytes, body: bytes) -> bytes:
    parts = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode() for name, value in fields.items()]
    parts.append(b'content-disposition: form-data; name="file"; filename="' + filename + b'"\r\n\r\n' + body)
    return b"".join(b"--" + BOUNDARY + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + BOUNDARY + b"--\r\n"


async def read(content: bytes, cuts: list[int]) -> tuple[list[tuple[str, str]], str | None, bytes]:
    form = await read_form(in_pieces(content, cuts), BOUNDARY)
    return form.fields, form.filename, b"".join([chunk async for chunk in form.content])


@given(
    body=st.one_of(st.binary(max_size=200), st.text("\r\n-xYz", max_size=60).map(str.encode)).filter(
        lambda body: b"\r\n--xYz" not in b"\r\n" + body
    ),
    cuts=st.lists(st.integers(0, 500), max_size=12),
    value=st.text("ab ä", max_size=20),
)
def test_a_form_is_parsed_the_same_however_it_is_chunked(body: bytes, cuts: list[int], value: str) -> None:
    content = form_of({"format": value}, "Bär.jpg".encode(), body)

    assert asyncio.run(read(content, cuts)) == ([("format", value)], "Bär.jpg", body)


@pytest.mark.parametrize(
    ("sent", "read_as"),
    [
        (b"a.jpg", "a.jpg"),
        ("Bär.jpg".encode(), "Bär.jpg"),
        (b"B\xe4r.jpg", "Bär.jpg"),
        (b'a\\"b.jpg', 'a"b.jpg'),
        (b"", ""),
    ],
)
def test_file_names_are_decoded_as_utf_8_or_else_as_latin_1(sent: bytes, read_as: str) -> None:
    assert asyncio.run(read(form_of({}, sent, b"x"), []))[1] == read_as


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/form-data; boundary=abc", b"abc"),
        ('Multipart/Form-Data; charset=utf-8; boundary="a b"', b"a b"),
        ("image/jpeg", None),
        ("multipart/mixed; boundary=abc", None),
        ("", None),
    ],
)
def test_only_a_form_has_a_boundary(content_type: str, boundary: bytes | None) -> None:
    assert boundary_of(content_type) == boundary


def test_a_boundary_that_is_too_long_is_refused() -> None:
    with pytest.raises(InvalidForm):
        asyncio.run(read_form(in_pieces(b"--x", []), b"x" * 5000))
