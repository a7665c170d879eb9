"""The states of jobs, chunks and items, and the transitions that are allowed. Pure: no store, no clock.

    queued ─▶ expanding ─▶ running ─▶ succeeded | partially_succeeded | failed
       └──── (single) ───────▲            queued | expanding | running ─▶ canceling ─▶ canceled
    partially_succeeded | failed | canceled ─▶ queued (retry: another run)            any ─▶ deleting ─▶ gone

A single picture is not expanded: its one chunk is inserted with the job, so the job goes from queued to running.
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
    # Its objects and documents are being removed. Not a terminal state: it ends when the document is gone.
    DELETING = "deleting"

    @property
    def is_terminal(self) -> bool:
        return self in ENDS


# From here, only its owner moves a job: by a retry or a delete.
ENDS = frozenset({JobState.SUCCEEDED, JobState.PARTIALLY_SUCCEEDED, JobState.FAILED, JobState.CANCELED})
# The ends after which there may be something to retry.
RETRYABLE = ENDS - {JobState.SUCCEEDED}

MOVES: dict[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.EXPANDING, JobState.RUNNING, JobState.CANCELING, JobState.DELETING}),
    # Back to queued: the expander's lease expired.
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


class Counts(BaseModel):
    """How many items are in each state."""

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
        """The counts with failed and canceled items as pending again."""
        return Counts(
            pending=self.pending + self.failed + self.canceled, succeeded=self.succeeded, skipped=self.skipped
        )

    def canceled_rest(self) -> "Counts":
        """The counts with pending items as canceled."""
        return self.model_copy(update={"pending": 0, "canceled": self.canceled + self.pending})


def count_states(states: list[ItemState]) -> Counts:
    return Counts(**{state.value: states.count(state) for state in ItemState})


def settled_state(counts: Counts) -> JobState:
    """The state of a job whose items are all finished. Skipped items count neither as failed nor as succeeded."""
    if counts.succeeded == 0:
        return JobState.FAILED
    return JobState.PARTIALLY_SUCCEEDED if counts.failed else JobState.SUCCEEDED
