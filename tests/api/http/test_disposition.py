"""The names of fields and files in a form, in the ways that clients encode them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.http.disposition import parse_disposition

NAME = "Häfen 1931.jpg"


@pytest.mark.parametrize(
    ("parameters", "filename"),
    [
        (b'filename="H\xc3\xa4fen 1931.jpg"', NAME),
        (b"filename=\"=?utf-8?B?SMOkZmVuIDE5MzEuanBn?=\"; filename*=utf-8''H%C3%A4fen%201931.jpg", NAME),
        (b"filename*=utf-8''H%C3%A4fen%201931.jpg; filename=\"Hafen.jpg\"", NAME),
        (b"filename*=UTF-8'de'H%C3%A4fen%201931.jpg", NAME),
        (b"filename*=iso-8859-1''H%E4fen%201931.jpg", NAME),
        (b"filename*=\"utf-8''H%C3%A4fen%201931.jpg\"", NAME),
        (b"filename*0*=utf-8''H%C3%A4fen; filename*1*=%201931; filename*2=\".jpg\"", NAME),
        (b'filename="=?utf-8?B?SMOkZmVuIDE5MzEuanBn?="', NAME),
        (b'filename="=?UTF-8?Q?H=C3=A4fen_1931.jpg?="', NAME),
        (b'filename="=?utf-8?B?SMOkZmVu?= =?utf-8?Q?_1931.jpg?="', NAME),
        (b'filename="=?iso-8859-1?q?H=E4fen_1931.jpg?="', NAME),
        (b'filename="a%22b.jpg"', 'a"b.jpg'),
        (b'filename="a%0D%0ab.jpg"', "a\r\nb.jpg"),
        (b'filename="100%25 %41.jpg"', "100%25 %41.jpg"),
        (b'filename="a;b.jpg"', "a;b.jpg"),
        (b"filename=plain.jpg", "plain.jpg"),
        (b"Filename = plain.jpg", "plain.jpg"),
        (b'filename="C:\\scans\\a.jpg"', "C:\\scans\\a.jpg"),
        (b'filename="\x83\x5c.jpg"', "\x83\\.jpg"),
        (b"filename*=nonsense; filename=plain.jpg", "plain.jpg"),
        (b"filename*=utf-8''%FF%FF.jpg; filename=plain.jpg", "plain.jpg"),
        (b"filename*=klingon''a.jpg; filename=plain.jpg", "plain.jpg"),
        (b'filename="=?klingon?B?YQ==?="', "=?klingon?B?YQ==?="),
        (b'filename="=?utf-8?B?!?="', "=?utf-8?B?!?="),
        (b'filename=""', ""),
        (b"", None),
    ],
)
def test_a_file_name_is_decoded(parameters: bytes, filename: str | None) -> None:
    part = parse_disposition(b'form-data; name="file"; ' + parameters)

    assert (part.name, part.filename) == ("file", filename)


def test_a_filename_is_not_taken_for_the_field() -> None:
    assert parse_disposition(b'form-data; filename="x; name=y"').name is None


@given(st.binary(max_size=300))
def test_no_header_raises(tail: bytes) -> None:
    part = parse_disposition(b'form-data; name="file"; filename' + tail)

    assert len((part.filename or "").encode()) <= 1024
