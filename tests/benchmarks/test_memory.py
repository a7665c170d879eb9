"""What is said of memory over time: growth is told from single moments, and from what comes with the start."""

import pytest

from benchmarks.memory import MB, Course


def course(taken_mb: list[float]) -> Course:
    return Course([float(second) for second in range(len(taken_mb))], [round(mb * MB) for mb in taken_mb])


@pytest.mark.parametrize(
    ("taken_mb", "growth"),
    [
        ([100.0] * 100, 0),
        ([100.0] * 80 + [300.0] + [100.0] * 19, 0),
        ([50.0] * 20 + [100.0] * 80, 0),
        ([100.0 + second for second in range(100)], 50),
    ],
)
def test_growth_is_told_from_a_single_moment_and_from_the_start(taken_mb: list[float], growth: float) -> None:
    measured = course(taken_mb)

    assert measured.late_growth() == pytest.approx(growth)
    assert measured.most == max(taken_mb)


def test_the_slope_is_that_of_the_second_half_by_the_minute() -> None:
    assert course([0.0] * 50 + [100.0 + second for second in range(50)]).slope() == pytest.approx(60)
