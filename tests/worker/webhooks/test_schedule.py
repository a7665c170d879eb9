"""The schedule by the clock: exponential, jittered, for a day, and not longer."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from worker.webhooks.schedule import JITTER, LONGEST_SECONDS, next_attempt

BEGIN = datetime(2026, 12, 1, tzinfo=UTC)


def attempts(jitter: float, hours: float = 24.0) -> list[float]:
    """Seconds since the beginning, if every attempt fails at once."""
    now, times = BEGIN, [0.0]
    while (again := next_attempt(len(times), BEGIN, now, hours=hours, jitter=jitter)) is not None:
        now = again
        times.append((now - BEGIN).total_seconds())
    return times


def test_it_doubles_up_to_three_hours_and_ends_after_a_day() -> None:
    times = attempts(1.0)
    pauses = [after - before for before, after in itertools.pairwise(times)]

    assert times[:6] == [0, 10, 30, 70, 150, 310]
    assert times[-1] == 24 * 3600
    assert max(pauses) == LONGEST_SECONDS
    assert 15 <= len(times) <= 20


@pytest.mark.parametrize("jitter", JITTER)
def test_jitter_moves_every_attempt_but_the_last(jitter: float) -> None:
    assert attempts(jitter)[1:4] == [10 * jitter, 30 * jitter, 70 * jitter]
    assert attempts(jitter)[-1] == 24 * 3600


def test_the_receiver_may_ask_for_a_longer_pause_but_not_for_any() -> None:
    def pause(retry_after: float) -> timedelta:
        again = next_attempt(1, BEGIN, BEGIN, hours=24, jitter=1.0, retry_after=retry_after)
        assert again is not None
        return again - BEGIN

    assert pause(-5) == timedelta(seconds=10)
    assert pause(120) == timedelta(minutes=2)
    assert pause(10**8) == timedelta(hours=1)
