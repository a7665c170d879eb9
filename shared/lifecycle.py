"""The states of jobs, chunks and items, and which move may follow which. Pure: no store, no clock.

    queued ─▶ expanding ─▶ running ─▶ succeeded | partially_succeeded | failed
       └──── (single) ───────▲            queued | expanding | running ─▶ canceling ─▶ canceled
    partially_succeeded | failed | canceled ─▶ queued (retry: another run)            any ─▶ deleting ─▶ gone

A single picture needs no expanding: its one chunk is inserted with the job, so it goes from queued to running.
"""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class JobState(StrEnum):
    QUEUED = "queued"
    EXPANDING = "expanding"
    RUNNING = "running"
    CANCELING = "canceling"
    SUCCEEDED = "succeeded"
    PARTIALLY_SUCCEEDED = "partially_succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    # What remains of the job is being removed. No end, because nothing can be read of it: it ends by being gone.
    DELETING = "deleting"

    @property
    def is_terminal(self) -> bool:
        return self in ENDS


# Nothing moves a job on from here but its owner: by a retry, or by deleting it.
ENDS = frozenset({JobState.SUCCEEDED, JobState.PARTIALLY_SUCCEEDED, JobState.FAILED, JobState.CANCELED})
# The ends that left something undone.
RETRYABLE = ENDS - {JobState.SUCCEEDED}

MOVES: dict[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.EXPANDING, JobState.RUNNING, JobState.CANCELING, JobState.DELETING}),
    # Back to queued: the expander's lease ran out.
    JobState.EXPANDING: frozenset(
        {JobState.QUEUED, JobState.RUNNING, JobState.FAILED, JobState.CANCELING, JobState.DELETING}
    ),
    JobState.RUNNING: frozenset(
        {JobState.SUCCEEDED, JobState.PARTIALLY_SUCCEEDED, JobState.FAILED, JobState.CANCELING, JobState.DELETING}
    ),
    JobState.CANCELING: frozenset({JobState.CANCELED, JobState.DELETING}),
    JobState.SUCCEEDED: frozenset({JobState.DELETING}),
    JobState.PARTIALLY_SUCCEEDED: frozenset({JobState.QUEUED, JobState.DELETING}),
    JobState.FAILED: frozenset({JobState.QUEUED, JobState.DELETING}),
    JobState.CANCELED: frozenset({JobState.QUEUED, JobState.DELETING}),
    JobState.DELETING: frozenset(),
}


def states_before(target: JobState) -> list[JobState]:
    """The states from which `target` may be reached: what every conditional update has in its filter."""
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
    # Never stored: how a pending item of a canceled job reads.
    CANCELED = "canceled"


class Counts(BaseModel):
    """How many items are in each state. `total` is all of them."""

    model_config = ConfigDict(frozen=True)

    pending: int = 0
    succeeded: int = 0
    failed: int = 0
    skipped: int = 0
    canceled: int = 0

    @property
    def total(self) -> int:
        return self.pending + self.finished + self.canceled

    @property
    def finished(self) -> int:
        return self.succeeded + self.failed + self.skipped

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(**{name: getattr(self, name) + getattr(other, name) for name in Counts.model_fields})

    def unfinished(self) -> "Counts":
        """The same items once those that failed or were canceled are to be tried again."""
        return Counts(
            pending=self.pending + self.failed + self.canceled, succeeded=self.succeeded, skipped=self.skipped
        )

    def canceled_rest(self) -> "Counts":
        """The same items once the pending ones can no longer be reached."""
        return self.model_copy(update={"pending": 0, "canceled": self.canceled + self.pending})


def count_states(states: list[ItemState]) -> Counts:
    return Counts(**{state.value: states.count(state) for state in ItemState})


def settled_state(counts: Counts) -> JobState:
    """How a running job ends, all its items being finished. Skipped items are no failure, but no success either."""
    if counts.succeeded == 0:
        return JobState.FAILED
    return JobState.PARTIALLY_SUCCEEDED if counts.failed else JobState.SUCCEEDED
