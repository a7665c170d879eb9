"""What a client submits as bytes: raw, by PUT, or as a form. Options are pairs of strings in all of them."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote_to_bytes

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from starlette.requests import Request

from api.errors import BodyTooLarge, InvalidOption, InvalidRequest
from api.http.body import Pace, declared_length, receive
from api.http.wording import part_of, wording
from api.settings import GatewaySettings
from api.submission.form import boundary_of, read_form
from shared.archives.names import cap_name, decode_name
from shared.jobs.options import Options

MAX_KEY_LENGTH = 255


@dataclass(frozen=True, slots=True)
class Incoming:
    """A submission whose options are known and whose bytes are still arriving."""

    options: Options
    filename: str | None
    idempotency_key: str | None
    # No more bytes than this will come; None: unknown.
    at_most: int | None
    content: AsyncIterator[bytes]


async def read_request(request: Request, settings: GatewaySettings, filename: str | None = None) -> Incoming:
    """Raises InvalidOption, InvalidForm, InvalidRequest and what `receive` does, before anything is stored."""
    key = idempotency_key(request)
    length = declared_length(request)
    if length is not None and length > settings.max_body_bytes:
        raise BodyTooLarge(f"The limit is {int(settings.max_body_bytes)} bytes.")
    pairs = request.query_params.multi_items()
    if filename:
        pairs.append(("filename", filename))
    # Options in the query are checked before the body is asked for: a client that waits for `100 Continue` sends none.
    options, named = read_options(pairs)
    content: AsyncIterator[bytes] = receive(request, Pace.of(settings))
    boundary = boundary_of(request.headers.get("content-type", ""))
    if boundary is None:
        return Incoming(options, named, key, length, content)
    form = await read_form(content, boundary)
    options, named = read_options([*pairs, *form.fields])
    return Incoming(options, named or base_name(form.filename or ""), key, length, form.content)


def read_options(pairs: Iterable[tuple[str, str]]) -> tuple[Options, str | None]:
    """Options and `filename` from a query or a form. Raises InvalidOption, naming each that is wrong."""
    given: dict[str, str] = {}
    for name, value in pairs:
        if name == "dry_run":
            raise InvalidOption.of(
                (name, "a body would have to be stored for it; upload it, and name it as a `source` in JSON")
            )
        if name in given:
            raise InvalidOption.of((name, "given twice"))
        given[name] = value
    filename = base_name(given.pop("filename", ""))
    hints = {"hints": _hints(given.pop("hints"))} if "hints" in given else {}
    try:
        options = Options.model_validate({**given, **hints})
    except ValidationError as error:
        raise InvalidOption.of(*map(_fault, error.errors())) from None
    return options, filename


def _fault(found: ErrorDetails) -> tuple[str, str]:
    option, *part = found["loc"]
    if found["type"] == "extra_forbidden":
        return str(option), f"unknown; known are {', '.join(['filename', *Options.model_fields])}"
    return str(option), part_of(part) + wording(found, Options)


def base_name(name: str) -> str | None:
    """The last part of what a client calls its file, at most 1 KB; None where nothing is left."""
    return cap_name(PurePosixPath(name.replace("\\", "/")).name) or None


def name_in_path(raw_path: bytes, prefix: str) -> str | None:
    """The file's name from `PUT {prefix}{filename}`, taken from the path as sent: `%2F` is part of a name, `/` is not.

    None: the path goes on below the name, so that it is another resource.
    """
    tail = raw_path.split(b"?", 1)[0].removeprefix(prefix.encode())
    return None if b"/" in tail else decode_name(unquote_to_bytes(tail), fallback="latin-1")


def idempotency_key(request: Request) -> str | None:
    """Raises InvalidRequest unless it is visible ASCII of a sensible length."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not (0 < len(key) <= MAX_KEY_LENGTH and key.isascii() and key.isprintable()):
        detail = f"must be 1 to {MAX_KEY_LENGTH} printable ASCII characters"
        raise InvalidRequest(f"Idempotency-Key {detail}.", [{"parameter": "Idempotency-Key", "detail": detail}])
    return key


def _hints(text: str) -> list[dict[str, str]]:
    """`X,Y,RRGGBB`, and more of them behind a `;`. The `#` may be left out: in an address it would end the query."""
    fields = ("x", "y", "color")
    try:
        hints = [dict(zip(fields, point.split(","), strict=True)) for point in text.split(";")]
    except ValueError:
        raise InvalidOption.of(("hints", "written as X,Y,RRGGBB, with a ; before each further one")) from None
    return [{**hint, "color": f"#{hint['color'].removeprefix('#')}"} for hint in hints]
