"""What a client submits as bytes: raw, by PUT, or as a form. Options are pairs of strings in all of them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from starlette.requests import Request

from api.http.body import MinimumRate, declared_length, receive
from api.http.errors import BodyTooLarge, InvalidRequest
from api.http.filenames import base_name
from api.options.parsing import parse_options
from api.settings import GatewaySettings
from api.submission.form import boundary_of, read_form
from shared.archives.names import decode_name
from shared.jobs.options import Options

MAX_KEY_LENGTH = 255


@dataclass(frozen=True, slots=True)
class IncomingBody:
    """A submission whose options are known and whose bytes are still arriving."""

    options: Options
    filename: str | None
    idempotency_key: str | None
    # No more bytes than this will come; None: unknown.
    at_most: int | None
    content: AsyncIterator[bytes]


async def read_request(request: Request, settings: GatewaySettings, filename: str | None = None) -> IncomingBody:
    """Raises InvalidOption, InvalidForm, InvalidRequest and what `receive` does, before anything is stored."""
    key = idempotency_key(request)
    length = declared_length(request)
    if length is not None and length > settings.max_body_bytes:
        raise BodyTooLarge(f"The limit is {int(settings.max_body_bytes)} bytes.")
    pairs = request.query_params.multi_items()
    if filename:
        pairs.append(("filename", filename))
    # Options in the query are checked before the body is asked for: a client that waits for `100 Continue` sends none.
    options, named = parse_options(pairs)
    content: AsyncIterator[bytes] = receive(request, MinimumRate.of(settings))
    boundary = boundary_of(request.headers.get("content-type", ""))
    if boundary is None:
        return IncomingBody(options, named, key, length, content)
    form = await read_form(content, boundary)
    options, named = parse_options([*pairs, *form.fields])
    return IncomingBody(options, named or base_name(form.filename or ""), key, length, form.content)


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
