"""Reading a submission whose body is the source: raw, by PUT, or as a form. Its options are pairs of strings."""

import unicodedata
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote_to_bytes

from starlette.requests import Request

from api.http.body import MinimumRate, capped, check_representation, declared_length, receive
from api.http.errors import BodyTooLarge, InvalidRequest
from api.http.filenames import base_name
from api.options.parsing import parse_options
from api.settings import GatewaySettings
from api.submission.form import Form, boundary_of, read_form
from shared.archives.names import decode_name
from shared.jobs.options import Options
from shared.jobs.terms import Terms

MAX_KEY_LENGTH = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingBody:
    """A submission whose options are parsed, as far as they have arrived, and whose bytes are still arriving."""

    options: Options
    terms: Terms
    filename: str | None
    idempotency_key: str | None
    # An upper bound for the size of the content; None: unknown.
    at_most: int | None
    content: AsyncIterator[bytes]
    pairs: Sequence[tuple[str, str]]
    form: Form | None = None

    async def next_file(self) -> tuple[str | None, AsyncIterator[bytes]] | None:
        """The name and the bytes of the form's next file, once those before it have been read."""
        if self.form is None or not await self.form.advance():
            return None
        return base_name(self.form.filename or ""), self.form.content

    def complete(self) -> "IncomingBody":
        """With the options that followed the last file. Raises InvalidOption."""
        if self.form is None:
            return self
        options, terms, name = parse_options([*self.pairs, *self.form.fields])
        return replace(self, options=options, terms=terms, filename=name or self.filename)


async def read_request(request: Request, settings: GatewaySettings, filename: str | None = None) -> IncomingBody:
    """Raises InvalidOption, InvalidForm, InvalidRequest and what `receive` does, before anything is stored."""
    check_representation(request)
    key = idempotency_key(request)
    length = declared_length(request)
    if length is not None and length > settings.max_body_bytes:
        raise BodyTooLarge(f"The body has {length} bytes; the limit is {int(settings.max_body_bytes)}.")
    pairs = request.query_params.multi_items()
    if filename:
        pairs.append(("filename", filename))
    # Options in the query are checked before the body is read: a client that waits for `100 Continue` need not send it.
    options, terms, name = parse_options(pairs)
    content: AsyncIterator[bytes] = receive(request, MinimumRate.of(settings))
    boundary = boundary_of(request.headers.get("content-type", ""))
    if boundary is None:
        return IncomingBody(
            options=options,
            terms=terms,
            filename=name,
            idempotency_key=key,
            at_most=length,
            content=content,
            pairs=pairs,
        )
    form = await read_form(capped(content, int(settings.max_body_bytes)), boundary)
    options, terms, name = parse_options([*pairs, *form.fields])
    return IncomingBody(
        options=options,
        terms=terms,
        filename=name or base_name(form.filename or ""),
        idempotency_key=key,
        at_most=length,
        content=form.content,
        pairs=pairs,
        form=form,
    )


def name_in_path(raw_path: bytes, prefix: str) -> str:
    """The file's name in `PUT {prefix}{filename}`, from the undecoded path. Raises InvalidRequest."""
    name = decode_name(unquote_to_bytes(name_part(raw_path, prefix)), fallback="latin-1")
    if control := next((character for character in name if unicodedata.category(character) == "Cc"), None):
        detail = f"must not contain control characters such as {control!a}"
        raise InvalidRequest(f"filename: {detail}.", [{"parameter": "filename", "detail": detail}])
    return name


def name_part(raw_path: bytes, prefix: str) -> bytes:
    """What follows the prefix, undecoded."""
    return raw_path.split(b"?", 1)[0].removeprefix(prefix.encode())


def idempotency_key(request: Request) -> str | None:
    """The header. Raises InvalidRequest unless it is printable ASCII of limited length."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not (0 < len(key) <= MAX_KEY_LENGTH and key.isascii() and key.isprintable()):
        detail = f"must be 1 to {MAX_KEY_LENGTH} printable ASCII characters"
        raise InvalidRequest(f"Idempotency-Key {detail}.", [{"parameter": "Idempotency-Key", "detail": detail}])
    return key
