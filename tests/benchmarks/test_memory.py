"""Memory over time: growth is distinguished from single peaks and from the warm-up."""

import pytest

from benchmarks.memory import MB, MemoryCourse


def course(samples_mb: list[float]) -> MemoryCourse:
    return MemoryCourse([float(second) for second in range(len(samples_mb))], [round(mb * MB) for mb in samples_mb])


@pytest.mark.parametrize(
    ("samples_mb", "growth"),
    [
        ([100.0] * 100, 0),
        ([100.0] * 80 + [300.0] + [100.0] * 19, 0),
        ([50.0] * 20 + [100.0] * 80, 0),
        ([100.0 + second for second in range(100)], 50),
    ],
)
def test_growth_ignores_a_single_peak_and_the_warm_up(samples_mb: list[float], growth: float) -> None:
    measured = course(samples_mb)

    assert measured.late_growth() == pytest.approx(growth)
    assert measured.most == max(samples_mb)


def test_the_slope_is_that_of_the_second_half_per_minute() -> None:
    assert course([0.0] * 50 + [100.0 + second for second in range(50)]).slope() == pytest.approx(60)
