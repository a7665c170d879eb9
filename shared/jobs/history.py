"""Who submitted, retried, canceled and deleted a job: with which key, and when."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from shared.clock import utc_now
from shared.documents import Document

# Of a job that a script retries and cancels for ever, the last ones are kept.
MOST_ACTS = 100


class Action(StrEnum):
    SUBMITTED = "submitted"
    RETRIED = "retried"
    CANCELED = "canceled"
    DELETED = "deleted"


class Act(Document):
    """`key` is the short id of an API key. None: the gateway needed none."""

    action: Action
    owner: str
    key: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Actor:
    """`owner` is the key's: an admin may act on the jobs of others."""

    owner: str
    key: str | None

    def did(self, action: Action) -> Act:
        return Act(action=action, owner=self.owner, key=self.key, at=utc_now())


def appended(act: Act | None) -> dict[str, Any]:
    """What an update contains to record it. None: the service acts by itself."""
    return {"$push": {"history": {"$each": [act.to_mongo()], "$slice": -MOST_ACTS}}} if act else {}
