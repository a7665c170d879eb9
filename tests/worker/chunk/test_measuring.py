"""What a worker measures of the items of a chunk: each recorded end once."""

import pytest

from tests.fixtures.metrics import growth
from tests.fixtures.worker import Workplace
from tests.fixtures.worker_steps import work_off
from tests.shared.archives.making import make_zip
from tests.zoo.pictures import picture, scans

pytestmark = pytest.mark.anyio


async def test_ended_items_are_counted_by_outcome_and_code(workplace: Workplace) -> None:
    succeeded = growth("photochrom_items_total", role="bulk", outcome="succeeded", code="")
    failed = growth("photochrom_items_total", role="bulk", outcome="failed", code="corrupt_image")
    skipped = growth("photochrom_items_total", role="ingest", outcome="skipped", code="not_an_image")

    await workplace.expanded(make_zip([("a.jpg", picture(1)), ("b.jpg", picture(2)[:400]), ("c.txt", b"text")]))
    await work_off(workplace, workplace.colorizer())

    assert (succeeded(), failed(), skipped()) == (1, 1, 1)


async def test_every_stage_of_every_picture_is_timed(workplace: Workplace) -> None:
    stages = {
        stage: growth("photochrom_stage_seconds_count", role="bulk", stage=stage)
        for stage in ("fetch", "decode", "infer", "compose", "put")
    }
    megapixels = growth("photochrom_picture_megapixels_sum", role="bulk")
    stored = growth("photochrom_result_bytes_total", role="bulk")

    job = await workplace.expanded(scans(3))
    await work_off(workplace, workplace.colorizer())

    assert {stage: count() for stage, count in stages.items()} == dict.fromkeys(stages, 3)
    assert megapixels() == pytest.approx(3 * 64 * 48 / 1e6)
    assert stored() == sum(result.bytes for item in await workplace.items(job) for result in item.results)


async def test_minibatches_are_measured_by_model(workplace: Workplace) -> None:
    passes = growth("photochrom_minibatch_pictures_count", model="zoo")
    pictures = growth("photochrom_minibatch_pictures_sum", model="zoo")
    seconds = growth("photochrom_forward_seconds_count", model="zoo")

    await workplace.expanded(scans(3))
    await work_off(workplace, workplace.colorizer(minibatch=2))

    assert (passes(), pictures(), seconds()) == (2, 3, 2)


async def test_items_of_a_lost_lease_are_not_counted(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(2))
    succeeded = growth("photochrom_items_total", role="bulk", outcome="succeeded", code="")
    lost = growth("photochrom_leases_lost_total", role="bulk")
    colorizer = workplace.colorizer(record_seconds=0)
    stage = colorizer.leases.record

    async def record_too_late(*arguments: object) -> bool:
        await workplace.stores.leases.revoke(job.id)
        return await stage(*arguments)

    colorizer.leases.record = record_too_late
    await colorizer.colorize(job.id, 0)

    assert (succeeded(), lost()) == (0, 1)
