"""Short ranges of ids, from the newest to the oldest, by which jobs are listed.

An index provides the order on MongoDB, and one query would do. The embedded store reads all that a query matches before
it sorts and limits (docs/decisions/0004), so each query matches little: ids sort by the time that they contain.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import TypedDict

from shared.ids import first_job_id, time_of_job_id

FIRST_SECONDS = 1.0
GROWTH = 8.0

IdRange = TypedDict("IdRange", {"$gte": str, "$lt": str}, total=False)


def id_windows(after: str | None, now: datetime, known: str | None = None) -> Iterator[IdRange]:
    """Together they cover every id below `after`, or all. Each is longer than the one before: 1 s, 8 s, 64 s …

    A list of all ids may begin at a `known` one, near the newest. Otherwise a long range would contain a whole burst of
    jobs, if there has been none since.
    """
    if after is None and known is not None:
        yield {"$gte": known}
        after = known
    upper: IdRange = {} if after is None else {"$lt": after}
    newest = now.timestamp() if after is None else time_of_job_id(after)
    seconds, lowest = FIRST_SECONDS, (newest or 0.0) - FIRST_SECONDS
    while lowest > 0:
        bound = first_job_id(lowest)
        yield {"$gte": bound, **upper}
        upper = {"$lt": bound}
        seconds *= GROWTH
        lowest -= seconds
    yield upper
