"""Cursors: where the next page of a list starts. Opaque to clients, and refused unless a gateway wrote them."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import Annotated, TypeVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict, ValidationError

from api.http.errors import InvalidCursor

After = Annotated[str | None, Query(max_length=256, description="the previous page's `next_cursor`")]


class Cursor(BaseModel):
    """Each list defines its own: whatever identifies the last element of a page, within the bounds of the list."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


C = TypeVar("C", bound=Cursor)


_CHECKSUM_BYTES = 9


def write_cursor(cursor: Cursor, scope: str) -> str:
    """`scope` is the list that the cursor belongs to: a cursor of another job, or of another owner, is no cursor here.

    The checksum is no secret. Whoever computes it gets nothing more than a place in a list of their own.
    """
    content = cursor.model_dump_json().encode()
    return urlsafe_b64encode(_checksum(content, scope) + content).rstrip(b"=").decode()


def read_cursor(kind: type[C], text: str | None, scope: str) -> C | None:
    """None if there is none. Raises InvalidCursor."""
    if text is None:
        return None
    try:
        # A cursor has one spelling: what does not survive the round trip was not written by a gateway.
        decoded = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        cursor = kind.model_validate_json(decoded[_CHECKSUM_BYTES:])
    except (ValueError, ValidationError):
        cursor = None
    if cursor is None or write_cursor(cursor, scope) != text:
        detail = "is not a cursor of this list; use the `next_cursor` of its previous page"
        raise InvalidCursor(f"after: {detail}", [{"parameter": "after", "detail": detail}])
    return cursor


def _checksum(content: bytes, scope: str) -> bytes:
    return sha256(scope.encode() + b"\n" + content).digest()[:_CHECKSUM_BYTES]
