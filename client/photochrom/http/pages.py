"""Paginated lists: the service returns a page and a cursor for the next one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, Self, TypeVar

from photochrom.responses import Document

from .problems import parsed
from .transport import Transport

Entry = TypeVar("Entry")


def all_pages(
    transport: Transport, path: str, query: Mapping[str, str | None], read: Callable[[Document], Entry]
) -> Iterator[Entry]:
    """Yield every entry, and fetch each page only when it is reached. Query parameters that are None are left out."""
    params = {name: value for name, value in query.items() if value is not None}
    while True:
        page = parsed(transport.get(path, params=params), lambda document: _Page.from_json(document, read))
        yield from page.entries
        if page.next_cursor is None:
            return
        params["after"] = page.next_cursor


@dataclass(frozen=True, slots=True)
class _Page(Generic[Entry]):
    entries: list[Entry]
    next_cursor: str | None

    @classmethod
    def from_json(cls, document: Document, read: Callable[[Document], Entry]) -> Self:
        return cls([read(entry) for entry in document["data"]], document["next_cursor"])
