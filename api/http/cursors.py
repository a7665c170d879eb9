"""Cursors: where the next page of a list starts. Opaque to clients, and refused unless a gateway wrote them."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, TypeVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict, ValidationError

from api.http.errors import InvalidCursor

After = Annotated[str | None, Query(max_length=256, description="the previous page's `next_cursor`")]


class Cursor(BaseModel):
    """Each list defines its own: whatever identifies the last element of a page."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


C = TypeVar("C", bound=Cursor)


def write_cursor(cursor: Cursor) -> str:
    return urlsafe_b64encode(cursor.model_dump_json().encode()).rstrip(b"=").decode()


def read_cursor(kind: type[C], text: str | None) -> C | None:
    """None if there is none. Raises InvalidCursor."""
    if text is None:
        return None
    try:
        # A cursor has one spelling: what does not survive the round trip was not written by a gateway.
        cursor = kind.model_validate_json(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, ValidationError):
        cursor = None
    if cursor is None or write_cursor(cursor) != text:
        detail = "is not a cursor of this list; use the `next_cursor` of its previous page"
        raise InvalidCursor(f"after: {detail}", [{"parameter": "after", "detail": detail}])
    return cursor
