"""The fleet's tally and rows, and its chart."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.fleet import Measured, rows_of
from benchmarks.fleet_chart import write_chart
from benchmarks.tally import Claim, Tally, claims, new_tally, totals

ALONE = Measured(
    workers=1,
    seconds=1.0,
    pictures_per_second=1.0,
    delays_ms=[20.0, 30.0],
    operations={"redis": 2.0, "mongo": 3.0, "put": 3.0, "get": 0.1},
    others_per_second=10.0,
    document_bytes=900.0,
)


def fleet(rate: float, **changed: float) -> list[Measured]:
    many = replace(ALONE, workers=64, pictures_per_second=rate, operations={**ALONE.operations, **changed})
    return [ALONE, many]


def test_a_tally_counts_by_worker_without_the_ingest_worker(tmp_path: Path) -> None:
    path = tmp_path / "tally"
    new_tally(path, 3)
    for place, pictures in enumerate((9, 2, 3)):
        Tally(path, place).count("pictures", pictures)

    assert totals(path)["pictures"] == 5


def test_chunks_wait_from_when_they_are_sent_until_they_are_claimed(tmp_path: Path) -> None:
    path = tmp_path / "tally"
    new_tally(path, 2)
    ingest, bulk = Tally(path, 0), Tally(path, 1)
    ingest.note("sent", "job_a", 0, 10.0)
    bulk.note("claimed", "job_a", 1, 10.5)
    bulk.note("claimed", "job_a", 0, 10.25)
    bulk.note("claimed", "job_a", 0, 99.0)  # Again, after it was handed back.
    bulk.note("claimed", "job_b", 0, 1.0)

    assert claims(path, "job_a") == [Claim(10.25, 0.25), Claim(10.5, None)]


@pytest.mark.parametrize(("rate", "met"), [(63.0, True), (60.0, False)])
def test_a_fleet_is_compared_with_as_many_single_workers(rate: float, met: bool) -> None:
    linear, _ = rows_of(fleet(rate))

    assert linear.met is met


@pytest.mark.parametrize(("mongo", "met"), [(3.1, True), (4.0, False), (2.0, False)])
def test_a_picture_costs_the_same_in_any_fleet(mongo: float, met: bool) -> None:
    _, operations = rows_of(fleet(64.0, mongo=mongo))

    assert operations.met is met


def test_the_chart_has_a_point_for_each_fleet(tmp_path: Path) -> None:
    write_chart(tmp_path / "fleet.svg", {1.0: fleet(64.0)})

    chart = ElementTree.parse(tmp_path / "fleet.svg")
    # Throughput, and the delay in the middle and at 95 %.
    assert len(chart.findall(".//{http://www.w3.org/2000/svg}circle")) == 3 * 2
