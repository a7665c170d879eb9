"""A multipart form, parsed as it streams: fields and files in any order, one file at a time. Nothing is spooled."""

from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from api.http.disposition import parse_disposition
from api.http.errors import BodyIncomplete
from api.submission.errors import InvalidForm

MAX_FIELDS = 40
MAX_FIELD_BYTES = 4096
MAX_PART_HEADERS = 8
MAX_PART_HEADER_BYTES = 8192


class Form:
    """A form up to its current file: the fields before it, its name, and its bytes. Only reading all of it shows
    whether the form is valid.
    """

    def __init__(self, events: AsyncIterator["_Part | bytes"]) -> None:
        self.fields: list[tuple[str, str]] = []
        self.filename: str | None = None
        self.content: AsyncIterator[bytes] = self._value()
        self._events = events
        self._next: _Part | None = None

    async def advance(self) -> bool:
        """Go on to the next file, once the current one has been read. False: there is none, and `fields` are complete.
        Raises InvalidForm and BodyIncomplete, as does reading `content`.
        """
        if self._next is None:
            async for _ in self._value():
                raise InvalidForm("The form starts with bytes that belong to no field.")
        while (part := self._next) is not None and part.name != "file":
            self._check_field(part)
            value = bytearray()
            async for piece in self._value():
                value += piece
                if len(value) > MAX_FIELD_BYTES:
                    raise InvalidForm(
                        f"Field {part.name!r} exceeds {MAX_FIELD_BYTES} bytes. Send the picture or archive as `file`."
                    )
            self.fields.append((part.name, value.decode("utf-8", "replace")))
        if part is None:
            return False
        self.filename, self.content = part.filename, self._value()
        return True

    def _check_field(self, part: "_Part") -> None:
        if part.filename is not None:
            raise InvalidForm(f"Send the picture or archive as the field `file`, not {part.name!r}.")
        if len(self.fields) == MAX_FIELDS:
            raise InvalidForm(f"The form has more than {MAX_FIELDS} fields besides `file`.")

    async def _value(self) -> AsyncGenerator[bytes, None]:
        """The bytes up to the next part, which becomes `_next`."""
        self._next = None
        async for event in self._events:
            if not isinstance(event, bytes):
                self._next = event
                return
            yield event


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
    """Read up to the first file. Raises InvalidForm and BodyIncomplete."""
    form = Form(_events(content, boundary))
    if not await form.advance():
        raise InvalidForm("The form has no field `file`.")
    return form


@dataclass(frozen=True, slots=True)
class _Part:
    name: str
    filename: str | None


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
