"""Estimates from jobs whose time is known: the right value is what such a job would take."""

import pytest

from api.dry_run.estimate import FinishedJob, RecentThroughput
from api.dry_run.time_model import time_model


def job(megapixels: float, *, start: float = 2.0, pace: float = 0.1, pictures: int = 10) -> FinishedJob:
    """A job that costs `start` seconds and `pace` seconds per megapixel."""
    return FinishedJob(pictures, start + pace * megapixels, megapixels)


def test_a_large_job_is_not_estimated_from_what_small_jobs_cost_to_start() -> None:
    recent = RecentThroughput([job(1), job(2), job(1), job(5), job(1)])

    estimate = recent.estimate_seconds(30, 1.0)

    # A plain ratio gives 33 s.
    assert estimate == pytest.approx(2 + 0.1 * 30, rel=0.01)


def test_a_small_job_is_not_estimated_from_large_ones_alone() -> None:
    recent = RecentThroughput([job(400), job(100), job(30)])

    assert recent.estimate_seconds(1, 1.0) == pytest.approx(2.1, rel=0.01)


def test_jobs_of_one_size_give_their_throughput_per_megapixel() -> None:
    recent = RecentThroughput([job(10), job(12)])

    assert recent.estimate_seconds(20, 1.1) == pytest.approx(22 * (3 + 3.2) / 22)


def test_jobs_of_unknown_size_do_not_spoil_the_others() -> None:
    recent = RecentThroughput([job(10), FinishedJob(10, 500.0, None)])

    assert recent.estimate_seconds(10, 1.0) == pytest.approx(3.0)


def test_without_sizes_pictures_are_counted() -> None:
    recent = RecentThroughput([FinishedJob(10, 5.0, None)])

    assert recent.estimate_seconds(100, 12.0) == pytest.approx(50)
    assert RecentThroughput([job(10)]).estimate_seconds(20, None) == pytest.approx(6)


@pytest.mark.parametrize("jobs", [[(1.0, 10.0), (100.0, 1.0)], [(1.0, 0.1), (10.0, 50.0)], [(1.0, 1.0), (9.0, 9.0)]])
def test_contradictory_jobs_still_give_positive_parts(jobs: list[tuple[float, float]]) -> None:
    model = time_model(jobs)

    assert model.per_job >= 0
    assert model.per_megapixel > 0
