"""`Content-Disposition` of a form's part: the field, and the file's name in each of the ways that clients encode it.

RFC 7578 leaves one way, UTF-8. Others are common: .NET and PowerShell send RFC 2047 words together with `filename*`
(RFC 8187), mail libraries split long names (RFC 2231), and browsers escape `"`, CR and LF as `%22`, `%0D` and `%0A`.
"""

import re
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header
from email.utils import decode_params, unquote

from shared.archives.names import cap_name, decode_name

_PARAMETER = re.compile(rb';[ \t]*([^\s=;"]+)[ \t]*=[ \t]*("(?:[^"\\]|\\.)*"|[^;]*)')
_ESCAPE = re.compile(r'\\(["\\])')
_PERCENT = re.compile("%(22|0D|0A)", re.IGNORECASE)
_WORDS = re.compile(r"\s*(=\?[\w.+*-]+\?[bq]\?[^?]*\?=\s*)+", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Disposition:
    """`name` is None if the header names no field, `filename` is None if the part is no file."""

    name: str | None
    filename: str | None


def parse_disposition(header: bytes) -> Disposition:
    """Never raises: a name that is not encoded properly is taken as it is."""
    plain: dict[str, bytes] = {}
    extended: list[tuple[str, str]] = []
    for key, value in _PARAMETER.findall(header):
        name = key.decode("latin-1").lower()
        if "*" in name:
            extended.append((name, unquote(value.decode("latin-1").strip())))
        else:
            plain.setdefault(name, value)
    field, filename = (_text(plain[key]) if key in plain else None for key in ("name", "filename"))
    if filename is not None:
        filename = _decode_words(filename) if _WORDS.fullmatch(filename) else _PERCENT.sub(_character, filename)
    best = _extended_filename(extended) or filename
    return Disposition(field, None if best is None else cap_name(best))


def _text(value: bytes) -> str:
    """Escaped are only quotes and backslashes: old browsers send whole paths, `C:\\scans\\a.jpg`."""
    text = decode_name(value.strip(), fallback="latin-1")
    return _ESCAPE.sub(r"\1", text[1:-1]) if len(text) > 1 and text[0] == text[-1] == '"' else text


def _character(match: re.Match[str]) -> str:
    return chr(int(match[1], 16))


def _decode_words(words: str) -> str:
    try:
        parts = decode_header(words)
        text = "".join(part if isinstance(part, str) else part.decode(charset or "ascii") for part, charset in parts)
    except (HeaderParseError, LookupError, ValueError):
        text = ""
    return text or words


def _extended_filename(parameters: list[tuple[str, str]]) -> str | None:
    """`filename*`, or `filename*0`, `filename*1*` … None: absent, or not properly encoded."""
    try:
        for name, value in decode_params([("", ""), *parameters])[1:]:
            if name != "filename":
                continue
            if not isinstance(value, tuple):
                return unquote(value)
            charset, _, encoded = value
            return unquote(encoded).encode("latin-1").decode(charset) if charset else None
    except (LookupError, ValueError, TypeError):
        return None
    return None
