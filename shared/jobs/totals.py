"""What a job contains, counted while it is expanded: its items, and those that were skipped or renamed."""

from collections import Counter
from collections.abc import Iterable

from shared.chunks.documents import Item
from shared.jobs.documents import Renaming, Totals
from shared.lifecycle import ItemState
from shared.members import is_renamed

# They are part of the job's document, which is read at every poll.
MOST_RENAMED = 5


def totals_with(totals: Totals, items: Iterable[Item]) -> Totals:
    """The totals with these items added."""
    count, size, skipped, renamed = totals.items, totals.bytes, Counter(totals.skipped), totals.renamed
    first_renamed = list(totals.first_renamed)
    for item in items:
        count += 1
        size += item.locator["length"] if item.locator else 0
        if item.state is ItemState.SKIPPED and item.error:
            skipped[item.error.code] += 1
        elif is_renamed(item.name, item.member):
            renamed += 1
            if len(first_renamed) < MOST_RENAMED:
                first_renamed.append(Renaming(name=item.name, member=item.member))
    return Totals(items=count, bytes=size, skipped=dict(skipped), renamed=renamed, first_renamed=first_renamed)
