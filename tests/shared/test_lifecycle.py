"""The lifecycle as a state machine: in every order of events, the promises about the states of a job hold."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from shared.lifecycle import (
    MOVES,
    RETRYABLE,
    Counts,
    ItemState,
    JobState,
    count_states,
    settled_state,
    states_before,
)

FINISHED = [ItemState.SUCCEEDED, ItemState.FAILED, ItemState.SKIPPED]


class JobLife(RuleBasedStateMachine):
    """A job as the stores change it: every transition is conditional, and without its condition changes nothing."""

    @initialize(items=st.lists(st.sampled_from([ItemState.PENDING, ItemState.SKIPPED]), min_size=1, max_size=8))
    def submit(self, items: list[ItemState]) -> None:
        self.state = JobState.QUEUED
        self.history = [self.state]
        self.in_archive = items
        self.items: list[ItemState] = []
        self.counts: Counts | None = None

    def move(self, target: JobState) -> bool:
        """Like a conditional update whose filter is `states_before`."""
        if self.state not in states_before(target):
            return False
        self.state = target
        self.history.append(target)
        return True

    @rule()
    def expand(self) -> None:
        self.move(JobState.EXPANDING)

    @precondition(lambda self: self.state is JobState.EXPANDING)
    @rule()
    def lose_the_expander(self) -> None:
        self.move(JobState.QUEUED)

    @precondition(lambda self: self.state is JobState.EXPANDING)
    @rule()
    def seal(self) -> None:
        self.move(JobState.RUNNING)
        self.items = list(self.in_archive)

    @precondition(lambda self: self.state is JobState.EXPANDING)
    @rule()
    def find_the_source_unusable(self) -> None:
        self.move(JobState.FAILED)
        self.counts = Counts()

    @precondition(lambda self: self.state is JobState.RUNNING and ItemState.PENDING in self.items)
    @rule(data=st.data(), outcome=st.sampled_from([ItemState.SUCCEEDED, ItemState.FAILED]))
    def finish_an_item(self, data: st.DataObject, outcome: ItemState) -> None:
        pending = [index for index, state in enumerate(self.items) if state is ItemState.PENDING]
        self.items[data.draw(st.sampled_from(pending))] = outcome

    @rule()
    def cancel(self) -> None:
        self.move(JobState.CANCELING)

    @precondition(lambda self: self.state in (JobState.RUNNING, JobState.CANCELING))
    @rule()
    def settle(self) -> None:
        counts = count_states(self.items)
        if self.state is JobState.CANCELING:
            self.move(JobState.CANCELED)
            self.counts = counts.canceled_rest()
        elif counts.pending == 0:
            assert self.move(settled_state(counts))
            self.counts = counts

    @rule()
    def retry(self) -> None:
        if self.state not in RETRYABLE:
            return
        self.move(JobState.QUEUED)
        self.counts = None
        again = (ItemState.FAILED, ItemState.CANCELED)
        self.in_archive = [ItemState.PENDING if state in again else state for state in self.items] or self.in_archive

    @rule()
    def delete(self) -> None:
        self.move(JobState.DELETING)

    @invariant()
    def every_transition_is_allowed(self) -> None:
        assert all(after in MOVES[before] for before, after in zip(self.history, self.history[1:], strict=False))

    @invariant()
    def a_terminal_state_changes_only_by_retry_or_delete(self) -> None:
        after_an_end = [
            after for before, after in zip(self.history, self.history[1:], strict=False) if before.is_terminal
        ]
        assert set(after_an_end) <= {JobState.QUEUED, JobState.DELETING}

    @invariant()
    def nothing_comes_after_deleting(self) -> None:
        assert JobState.DELETING not in self.history[:-1]

    @invariant()
    def an_ended_job_has_counts_that_add_up_to_its_items(self) -> None:
        assert self.state is JobState.DELETING or self.state.is_terminal == (self.counts is not None)
        assert self.counts is None or self.counts.total == len(self.items)
        assert self.counts is None or self.counts.pending == 0


TestJobLife = JobLife.TestCase
TestJobLife.settings = settings(
    max_examples=80,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


def reachable_from(start: JobState) -> set[JobState]:
    reachable, unexplored = {start}, [start]
    while unexplored:
        new = MOVES[unexplored.pop()] - reachable
        reachable |= new
        unexplored += new
    return reachable


@pytest.mark.parametrize("state", list(JobState))
def test_every_state_can_be_reached_and_leads_to_an_end(state: JobState) -> None:
    assert state in reachable_from(JobState.QUEUED)
    assert any(reached.is_terminal or reached is JobState.DELETING for reached in reachable_from(state))


def test_only_a_job_with_unfinished_items_can_be_retried() -> None:
    assert {state for state in JobState if state.is_terminal and JobState.QUEUED in MOVES[state]} == RETRYABLE
    assert JobState.SUCCEEDED not in RETRYABLE


def test_the_terminal_states_are_those_in_the_documentation() -> None:
    ends = {state.value for state in JobState if state.is_terminal}

    assert ends == {"succeeded", "partially_succeeded", "failed", "expired", "canceled", "deleted"}


@pytest.mark.parametrize(
    ("counts", "end"),
    [
        (Counts(succeeded=3), JobState.SUCCEEDED),
        (Counts(succeeded=3, skipped=2), JobState.SUCCEEDED),
        (Counts(succeeded=1, failed=9), JobState.PARTIALLY_SUCCEEDED),
        (Counts(succeeded=1, expired=9), JobState.PARTIALLY_SUCCEEDED),
        (Counts(failed=8, expired=1), JobState.EXPIRED),
        (Counts(failed=9, skipped=1), JobState.FAILED),
        (Counts(skipped=4), JobState.FAILED),
        (Counts(), JobState.FAILED),
    ],
)
def test_a_job_ends_as_its_items_did(counts: Counts, end: JobState) -> None:
    assert settled_state(counts) is end


@given(states=st.lists(st.sampled_from(ItemState)))
def test_counts_equal_items(states: list[ItemState]) -> None:
    counts = count_states(states)

    assert counts.total == len(states)
    assert counts.finished == len([state for state in states if state in FINISHED])
    assert counts.canceled_rest().total == len(states)
    assert counts.canceled_rest().pending == 0
    assert counts.expired_rest().total == len(states)
    assert counts.expired_rest().pending == 0


@given(first=st.lists(st.sampled_from(ItemState)), second=st.lists(st.sampled_from(ItemState)))
def test_counts_of_chunks_add_up_to_the_counts_of_the_job(first: list[ItemState], second: list[ItemState]) -> None:
    assert count_states(first) + count_states(second) == count_states(first + second)
