"""What people decide about results. Pure, like `lifecycle.py`."""

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Verdict(StrEnum):
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    FLAGGED = "flagged"


class Verdicts(BaseModel):
    """How many items have each verdict."""

    model_config = ConfigDict(frozen=True)

    accepted: int = 0
    rejected: int = 0
    flagged: int = 0


def count_verdicts(verdicts: Sequence[Verdict | None]) -> Verdicts:
    return Verdicts(**{verdict.value: verdicts.count(verdict) for verdict in Verdict})


def moved(before: Verdict | None, after: Verdict | None) -> dict[str, int]:
    """What an update adds to the sums when an item's verdict changes."""
    changes = Counter({verdict.value: 1 for verdict in [after] if verdict})
    changes.subtract([before.value] if before else [])
    return {name: count for name, count in changes.items() if count}
