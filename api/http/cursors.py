"""Cursors: where a list goes on, opaque to clients, and refused unless this gateway could have written them."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, TypeVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict, ValidationError

from api.http.errors import InvalidCursor

After = Annotated[str | None, Query(max_length=256, description="the last page's `next_cursor`")]


class Cursor(BaseModel):
    """What each list puts into its cursors: the last element that was given out."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


C = TypeVar("C", bound=Cursor)


def write_cursor(cursor: Cursor) -> str:
    return urlsafe_b64encode(cursor.model_dump_json().encode()).rstrip(b"=").decode()


def read_cursor(kind: type[C], text: str | None) -> C | None:
    """None where none was given. Raises InvalidCursor."""
    if text is None:
        return None
    try:
        # One spelling per cursor: what does not come out again as it went in was not written here.
        cursor = kind.model_validate_json(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, ValidationError):
        cursor = None
    if cursor is None or write_cursor(cursor) != text:
        detail = "is no cursor of this list"
        raise InvalidCursor(f"after: {detail}", [{"parameter": "after", "detail": detail}])
    return cursor
