"""The layout of a `results.zip` that is never stored: two offsets per chunk, so that seeking is cheap."""

from array import array
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from api.items.spans import ItemSpans
from api.results.zip_format import CentralDirectory
from shared.chunks.documents import Item
from shared.verdicts import Verdict

CACHED_LAYOUTS = 32


@dataclass(frozen=True, slots=True)
class Selection:
    """Which results are entries: those of these items, with this verdict."""

    verdict: Verdict | None = None
    items: ItemSpans | None = None

    @property
    def is_all(self) -> bool:
        return self.verdict is None and self.items is None

    def __contains__(self, item: Item) -> bool:
        return self.verdict in (None, item.verdict) and (self.items is None or item.index in self.items)


ALL = Selection()


@dataclass(frozen=True, slots=True)
class ArchiveLayout:
    """The entries of chunk `n` are between `contents[n]` and `contents[n + 1]`, its central directory records between
    `records[n]` and `records[n + 1]`. The last part is `end`. If not all results are entries, `directory` is the
    SHA-256 of these records.
    """

    contents: Sequence[int]
    records: Sequence[int]
    end: bytes
    selection: Selection = ALL
    directory: str = ""

    @property
    def size(self) -> int:
        return self.records[-1] + len(self.end)


class LayoutBuilder:
    """For each chunk in order: add its entries to `directory`, then call `close_chunk`."""

    def __init__(self) -> None:
        self.directory = CentralDirectory()
        self._contents, self._records = array("Q", [0]), array("Q", [0])

    def close_chunk(self) -> None:
        self._contents.append(self.directory.offset)
        self._records.append(self.directory.size)

    def build(self, selection: Selection = ALL, directory: str = "") -> ArchiveLayout:
        begin = self.directory.offset
        records = array("Q", (begin + size for size in self._records))
        return ArchiveLayout(self._contents, records, self.directory.end(), selection, directory)


@dataclass(slots=True)
class LayoutCache:
    """The most recently used layouts. Each has at most 125 KB, for a job of half a million items."""

    _layouts: "OrderedDict[str, ArchiveLayout]" = field(default_factory=OrderedDict)

    def get(self, tag: str) -> ArchiveLayout | None:
        if tag in self._layouts:
            self._layouts.move_to_end(tag)
        return self._layouts.get(tag)

    def put(self, tag: str, layout: ArchiveLayout) -> None:
        self._layouts[tag] = layout
        while len(self._layouts) > CACHED_LAYOUTS:
            self._layouts.popitem(last=False)

    def clear(self) -> None:
        self._layouts.clear()
