"""The layout of results.zip: sums give the same layout as the entries, zip64 included."""

from hypothesis import given
from hypothesis import strategies as st

from api.results.zip_format import ZipEntry
from api.results.zip_layout import CACHED_LAYOUTS, ArchiveLayout, LayoutBuilder, LayoutCache

GiB = 1024**3
ENTRIES = st.builds(ZipEntry, st.text("aä空/.", min_size=1, max_size=9), st.integers(0, 6 * GiB), st.just(17))
CHUNKS = st.lists(st.lists(ENTRIES, max_size=4), max_size=8)


def layout_of(chunks: list[list[ZipEntry]], *, from_sums: bool) -> tuple[ArchiveLayout, int]:
    """The layout, and how many chunks had to be read."""
    builder, looked_into = LayoutBuilder(), 0
    for entries in chunks:
        sizes, names = [entry.size for entry in entries], sum(len(entry.name.encode()) for entry in entries)
        sums = (len(entries), names, sum(sizes), max(sizes, default=0))
        known = from_sums and builder.directory.add_many(*sums)
        looked_into += not known
        for entry in [] if known else entries:
            builder.directory.add(entry)
        builder.close_chunk()
    return builder.build(), looked_into


@given(CHUNKS)
def test_sums_give_the_same_layout_as_the_entries(chunks: list[list[ZipEntry]]) -> None:
    assert layout_of(chunks, from_sums=True)[0] == layout_of(chunks, from_sums=False)[0]


def test_only_the_chunk_across_four_gigabytes_is_read() -> None:
    chunks = [[ZipEntry(f"{no}-{n}.tif", GiB // 4, 17) for n in range(3)] for no in range(20)]

    _, looked_into = layout_of(chunks, from_sums=True)

    assert looked_into == 1


def test_the_least_recently_used_layout_is_evicted() -> None:
    cache, layout = LayoutCache(), layout_of([], from_sums=True)[0]
    cache.put("often", layout)

    for number in range(CACHED_LAYOUTS):
        cache.put(str(number), layout)
        assert cache.get("often") is layout

    assert cache.get("0") is None
    assert cache.get(str(CACHED_LAYOUTS - 1)) is layout
