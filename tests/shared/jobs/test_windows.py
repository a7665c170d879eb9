"""The ranges of ids by which jobs are listed."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ids import first_job_id, new_job_id, time_of_job_id
from shared.jobs.windows import id_windows

NOW = datetime(2026, 11, 30, tzinfo=UTC)


def windows_with(job_id: str, after: str | None) -> list[int]:
    return [
        number
        for number, window in enumerate(id_windows(after, NOW))
        if window.get("$gte", "") <= job_id and ("$lt" not in window or job_id < window["$lt"])
    ]


@given(st.one_of(st.floats(0, 2 * NOW.timestamp()).map(first_job_id), st.text(max_size=30)))
def test_every_job_is_in_exactly_one_range(job_id: str) -> None:
    assert len(windows_with(job_id, None)) == 1


@given(st.floats(0, 2 * NOW.timestamp()).map(first_job_id), st.floats(0, NOW.timestamp()).map(first_job_id))
def test_a_known_place_to_begin_leaves_nothing_out(job_id: str, known: str) -> None:
    windows = list(id_windows(None, NOW, known))

    assert [window.get("$gte", "") <= job_id < window.get("$lt", "k") for window in windows].count(True) == 1


@pytest.mark.parametrize("after", [first_job_id(NOW.timestamp() - 5000), "job_zzz", "job_", "a", "job_a"])
@given(seconds=st.floats(0, 2 * NOW.timestamp()))
def test_what_is_not_before_the_cursor_is_left_out(after: str, seconds: float) -> None:
    job_id = first_job_id(seconds)

    assert len(windows_with(job_id, after)) == (1 if job_id < after else 0)


def test_the_ranges_are_few() -> None:
    assert len(list(id_windows(None, NOW))) < 15


def test_an_id_contains_its_time() -> None:
    made = new_job_id()
    seconds = time_of_job_id(made)

    assert seconds is not None
    assert first_job_id(seconds) <= made < first_job_id(seconds + 0.01)
    assert time_of_job_id("job_a") is None
