"""The counts of skipped and renamed items, which end up in the job's document."""

from shared.archives.names import MemberNames
from shared.chunks.documents import Item
from shared.documents import Failure
from shared.jobs.documents import Renaming, Totals
from shared.jobs.totals import MOST_RENAMED, totals_with
from shared.lifecycle import ItemState

EMPTY = Totals(items=0, bytes=0)


def items_of(*names: str) -> list[Item]:
    members = MemberNames()
    return [
        Item(index=index, name=name, member=members.assign(name, index), locator={"length": 10})
        for index, name in enumerate(names)
    ]


def skipped(code: str) -> Item:
    error = Failure(code=code, detail="Skipped.")
    return Item(index=0, name="x", member="other", locator=None, state=ItemState.SKIPPED, error=error)


def test_skipped_items_are_counted_by_reason_across_chunks() -> None:
    first = totals_with(EMPTY, [skipped("system_file"), skipped("not_an_image")])

    totals = totals_with(first, [skipped("not_an_image"), *items_of("a.jpg")])

    assert totals == Totals(items=4, bytes=10, skipped={"system_file": 1, "not_an_image": 2})


def test_items_whose_name_was_taken_count_as_renamed() -> None:
    totals = totals_with(EMPTY, items_of("x.jpg", "x.jpg", "y.png"))

    assert totals.renamed == 1
    assert totals.first_renamed == [Renaming(name="x.jpg", member="x~1.jpg")]


def test_only_the_first_renamed_items_are_kept() -> None:
    totals = totals_with(EMPTY, items_of(*["x.jpg"] * 50))

    assert totals.renamed == 49
    assert len(totals.first_renamed) == MOST_RENAMED
