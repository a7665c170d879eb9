"""A multipart form, parsed as it streams: the fields before `file`, then the file's bytes. Nothing is spooled."""

from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from api.http.disposition import parse_disposition
from api.http.errors import BodyIncomplete
from api.submission.errors import InvalidForm

MAX_FIELDS = 16
MAX_FIELD_BYTES = 4096
MAX_PART_HEADERS = 8
MAX_PART_HEADER_BYTES = 8192


@dataclass(frozen=True, slots=True)
class Form:
    """The fields before the file, and the file's bytes. Only reading all of them shows whether the form is valid."""

    fields: list[tuple[str, str]]
    filename: str | None
    content: AsyncIterator[bytes]


def boundary_of(content_type: str) -> bytes | None:
    """The boundary of `multipart/form-data`; None if the body is not a form. Raises InvalidForm if it is missing."""
    media_type, parameters = parse_options_header(content_type)
    if media_type != b"multipart/form-data":
        return None
    boundary = parameters.get(b"boundary")
    if not boundary:
        raise InvalidForm("The Content-Type of a form needs a boundary.")
    return boundary


async def read_form(content: AsyncIterator[bytes], boundary: bytes) -> Form:
    """Read up to the file. Raises InvalidForm and BodyIncomplete, as does reading the file."""
    events = _events(content, boundary)
    fields: list[tuple[str, bytearray]] = []
    async for event in events:
        if isinstance(event, bytes):
            name, value = fields[-1]
            value += event
            if len(value) > MAX_FIELD_BYTES:
                raise InvalidForm(
                    f"Field {name!r} exceeds {MAX_FIELD_BYTES} bytes. Send the picture or archive as `file`."
                )
        elif event.name == "file":
            pairs = [(name, value.decode("utf-8", "replace")) for name, value in fields]
            return Form(pairs, event.filename, _file(events))
        elif event.filename is not None:
            raise InvalidForm(f"Send the picture or archive as the field `file`, not {event.name!r}.")
        elif len(fields) == MAX_FIELDS:
            raise InvalidForm(f"The form has more than {MAX_FIELDS} fields before `file`.")
        else:
            fields.append((event.name, bytearray()))
    raise InvalidForm("The form has no field `file`.")


@dataclass(frozen=True, slots=True)
class _Part:
    name: str
    filename: str | None


async def _file(events: AsyncIterator["_Part | bytes"]) -> AsyncGenerator[bytes, None]:
    async for event in events:
        if not isinstance(event, bytes):
            raise InvalidForm(f"`file` must be the last field and occur once. Send {event.name!r} before it.")
        yield event


async def _events(content: AsyncIterator[bytes], boundary: bytes) -> AsyncGenerator["_Part | bytes", None]:
    """Each part's headers, then its content, as they arrive."""
    try:
        collector = _Collector(boundary)
        async for chunk in content:
            collector.parser.write(chunk)
            while collector.events:
                yield collector.events.popleft()
    except FormParserError as error:
        raise InvalidForm(f"The form is malformed: {error}.") from error
    if not collector.is_complete:
        raise BodyIncomplete("The form ends before its closing boundary; nothing was kept.")


class _Collector:
    """Turns the parser's callbacks into events. It holds no more than one chunk of the body contains."""

    def __init__(self, boundary: bytes) -> None:
        self.events: deque[_Part | bytes] = deque()
        self.is_complete = False
        self._header = bytearray()
        self._value = bytearray()
        self._disposition = b""
        self.parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin_part,
                "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                "on_header_end": self._end_header,
                "on_headers_finished": self._end_headers,
                "on_part_data": lambda data, start, end: self.events.append(data[start:end]),
                "on_end": self._end,
            },
            max_header_count=MAX_PART_HEADERS,
            max_header_size=MAX_PART_HEADER_BYTES,
        )

    def _begin_part(self) -> None:
        self._disposition = b""

    def _end_header(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._header.clear()
        self._value.clear()

    def _end_headers(self) -> None:
        part = parse_disposition(self._disposition)
        if part.name is None:
            raise FormParserError("a part does not say which field it is")
        self.events.append(_Part(part.name, part.filename))

    def _end(self) -> None:
        self.is_complete = True
