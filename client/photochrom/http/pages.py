"""Paginated lists: the service returns a page and a cursor for the next one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Self, TypeVar

from photochrom.responses import Document

from .problems import parsed
from .transport import Transport

Entry = TypeVar("Entry")


def all_pages(
    transport: Transport, path: str, query: Mapping[str, str | Sequence[str] | None], read: Callable[[Document], Entry]
) -> Iterator[Entry]:
    """Yield every entry, and fetch each page only when it is reached. Query parameters that are None are left out."""
    cursor = None
    while True:
        page = one_page(transport, path, {**query, "after": cursor}, read)
        yield from page.entries
        cursor = page.next_cursor
        if cursor is None:
            return


def one_page(
    transport: Transport, path: str, query: Mapping[str, str | Sequence[str] | None], read: Callable[[Document], Entry]
) -> Page[Entry]:
    """As `all_pages`, but only one page: the one after the cursor in `after`, if there is one."""
    params = {name: value for name, value in query.items() if value is not None}
    return parsed(transport.get(path, params=params), lambda document: Page.from_json(document, read))


@dataclass(frozen=True, slots=True)
class Page(Generic[Entry]):
    entries: list[Entry]
    next_cursor: str | None

    @classmethod
    def from_json(cls, document: Document, read: Callable[[Document], Entry]) -> Self:
        return cls([read(entry) for entry in document["data"]], document["next_cursor"])
