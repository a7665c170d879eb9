"""The states of jobs, chunks and items, and the transitions that are allowed. Pure: no store, no clock.

    queued ─▶ expanding ─▶ running ─▶ succeeded | partially_succeeded | failed
       └──── (single) ───────▲            queued | expanding | running ─▶ canceling ─▶ canceled
    queued | expanding | running ─▶ expiring (the deadline passed) ─▶ expired | succeeded | partially_succeeded | failed
    partially_succeeded | failed | expired | canceled ─▶ queued (retry: another run)  any ─▶ deleting ─▶ gone
    any end ─▶ deleting (its retention is over) ─▶ deleted: only its record is left

A single picture is not expanded: its one chunk is inserted with the job, so the job goes from queued to running.
"""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class JobState(StrEnum):
    QUEUED = "queued"
    EXPANDING = "expanding"
    RUNNING = "running"
    # Its deadline has passed: no item is started any more, but what workers have started is finished.
    EXPIRING = "expiring"
    CANCELING = "canceling"
    SUCCEEDED = "succeeded"
    PARTIALLY_SUCCEEDED = "partially_succeeded"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELED = "canceled"
    # Its objects and documents are being removed. Not a terminal state: it ends when the document is gone.
    DELETING = "deleting"
    # Its retention is over: its record is all that is left.
    DELETED = "deleted"

    @property
    def is_terminal(self) -> bool:
        return self in ENDS or self is JobState.DELETED

    @property
    def is_kept(self) -> bool:
        """Whether its items and objects are there for its owner."""
        return self not in (JobState.DELETING, JobState.DELETED)


# From here, only its owner moves a job: by a retry or a delete.
ENDS = frozenset(
    {JobState.SUCCEEDED, JobState.PARTIALLY_SUCCEEDED, JobState.FAILED, JobState.EXPIRED, JobState.CANCELED}
)
# From here it ends once its chunks are done or, if it is being stopped, no worker holds any.
SETTLING = frozenset({JobState.RUNNING, JobState.EXPIRING, JobState.CANCELING})
# A worker will still do something for it.
OPEN = (JobState.QUEUED, JobState.EXPANDING, *sorted(SETTLING))
# The ends after which there may be something to retry.
RETRYABLE = ENDS - {JobState.SUCCEEDED}

# What can be done to a job before it ends.
_STOPS = frozenset({JobState.EXPIRING, JobState.CANCELING, JobState.DELETING})
_SETTLED = frozenset({JobState.SUCCEEDED, JobState.PARTIALLY_SUCCEEDED, JobState.FAILED})

MOVES: dict[JobState, frozenset[JobState]] = {
    JobState.QUEUED: _STOPS | {JobState.EXPANDING, JobState.RUNNING},
    # Back to queued: the expander's lease expired.
    JobState.EXPANDING: _STOPS | {JobState.QUEUED, JobState.RUNNING, JobState.FAILED},
    JobState.RUNNING: _STOPS | _SETTLED,
    JobState.EXPIRING: _SETTLED | {JobState.EXPIRED, JobState.CANCELING, JobState.DELETING},
    JobState.CANCELING: frozenset({JobState.CANCELED, JobState.DELETING}),
    JobState.SUCCEEDED: frozenset({JobState.DELETING}),
    JobState.PARTIALLY_SUCCEEDED: frozenset({JobState.QUEUED, JobState.DELETING}),
    JobState.FAILED: frozenset({JobState.QUEUED, JobState.DELETING}),
    JobState.EXPIRED: frozenset({JobState.QUEUED, JobState.DELETING}),
    JobState.CANCELED: frozenset({JobState.QUEUED, JobState.DELETING}),
    JobState.DELETING: frozenset({JobState.DELETED}),
    JobState.DELETED: frozenset({JobState.DELETING}),
}


def states_before(target: JobState) -> list[JobState]:
    """The states from which `target` may be reached, for the filter of a conditional update."""
    return [state for state, targets in MOVES.items() if target in targets]


class ChunkState(StrEnum):
    PENDING = "pending"
    LEASED = "leased"
    DONE = "done"


class ItemState(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"
    # Never stored: a pending item of a canceled job is shown as this.
    CANCELED = "canceled"
    # Never stored either: what is still pending when a job has ended otherwise.
    EXPIRED = "expired"


class Counts(BaseModel):
    """How many items are in each state."""

    model_config = ConfigDict(frozen=True)

    pending: int = 0
    succeeded: int = 0
    failed: int = 0
    skipped: int = 0
    canceled: int = 0
    expired: int = 0

    @property
    def total(self) -> int:
        return self.pending + self.finished + self.canceled + self.expired

    @property
    def finished(self) -> int:
        return self.succeeded + self.failed + self.skipped

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(**{name: getattr(self, name) + getattr(other, name) for name in Counts.model_fields})

    def unfinished(self) -> "Counts":
        """The counts with failed, canceled and expired items as pending again."""
        pending = self.pending + self.failed + self.canceled + self.expired
        return Counts(pending=pending, succeeded=self.succeeded, skipped=self.skipped)

    def canceled_rest(self) -> "Counts":
        """The counts with pending items as canceled."""
        return self.model_copy(update={"pending": 0, "canceled": self.canceled + self.pending})

    def expired_rest(self) -> "Counts":
        """The counts with pending items as expired."""
        return self.model_copy(update={"pending": 0, "expired": self.expired + self.pending})


def count_states(states: list[ItemState]) -> Counts:
    return Counts(**{state.value: states.count(state) for state in ItemState})


def settled_state(counts: Counts) -> JobState:
    """The state of a job whose items are all finished or expired. Skipped items count neither as failed nor as
    succeeded.
    """
    if counts.succeeded == 0:
        return JobState.EXPIRED if counts.expired else JobState.FAILED
    return JobState.PARTIALLY_SUCCEEDED if counts.failed or counts.expired else JobState.SUCCEEDED
