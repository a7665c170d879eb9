"""Where everything lies in a `results.zip` that is never written down: two numbers a chunk, so that a seek is cheap."""

from array import array
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from api.results.zip_format import CentralDirectory

REMEMBERED = 32


@dataclass(frozen=True, slots=True)
class ArchiveLayout:
    """The entries of chunk `n` lie between `contents[n]` and `contents[n + 1]`, its part of the directory between
    `records[n]` and `records[n + 1]`; then comes `end`.
    """

    contents: Sequence[int]
    records: Sequence[int]
    end: bytes

    @property
    def size(self) -> int:
        return self.records[-1] + len(self.end)


class LayoutBuilder:
    """Tell `directory` what is in a chunk, then close the chunk, and so on in order."""

    def __init__(self) -> None:
        self.directory = CentralDirectory()
        self._contents, self._records = array("Q", [0]), array("Q", [0])

    def close_chunk(self) -> None:
        self._contents.append(self.directory.offset)
        self._records.append(self.directory.size)

    def build(self) -> ArchiveLayout:
        begin = self.directory.offset
        records = array("Q", (begin + size for size in self._records))
        return ArchiveLayout(self._contents, records, self.directory.end())


@dataclass(slots=True)
class LayoutCache:
    """The layouts that were used last: at most 125 KB each, for a job of half a million items."""

    _layouts: "OrderedDict[str, ArchiveLayout]" = field(default_factory=OrderedDict)

    def get(self, tag: str) -> ArchiveLayout | None:
        if tag in self._layouts:
            self._layouts.move_to_end(tag)
        return self._layouts.get(tag)

    def put(self, tag: str, layout: ArchiveLayout) -> None:
        self._layouts[tag] = layout
        while len(self._layouts) > REMEMBERED:
            self._layouts.popitem(last=False)

    def clear(self) -> None:
        self._layouts.clear()
