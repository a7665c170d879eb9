"""job.expand of a job that shares the source of another: its items come from the other one's chunks."""

import pytest

from shared.lifecycle import Counts, ItemState, JobState
from shared.settings import LeaseSettings
from tests.fixtures.worker import Workplace
from tests.fixtures.worker_steps import work_off
from tests.shared.archives.making import Forged, forge_zip, make_tar, make_zip
from tests.worker.derived import submit_derived
from tests.zoo.pictures import picture, scans

pytestmark = pytest.mark.anyio

NAMES = ["a.jpg", "a.jpg", "notes.txt", "b.png", "notes.md", "c.jpg"]
TAR = "application/x-tar"


async def test_all_items_are_taken_over_with_nothing_done_yet(workplace: Workplace) -> None:
    entries = [("a.jpg", picture()), ("broken.jpg", b"no picture" * 20), ("c.jpg", picture())]
    origin = await workplace.expanded(make_zip(entries), chunk_items=2)
    await work_off(workplace, workplace.colorizer())
    done = await workplace.items(origin)
    assert [item.state for item in done] == [ItemState.SUCCEEDED, ItemState.FAILED, ItemState.SUCCEEDED]

    job = await submit_derived(workplace, origin)
    await workplace.expander().expand(job.id)

    job, items = await workplace.job(job), await workplace.items(job)
    assert (job.state, job.chunks, job.current_counts()) == (JobState.RUNNING, 2, Counts(pending=3))
    assert job.totals == origin.totals
    taken = [(item.index, item.name, item.member, item.locator) for item in done]
    assert [(item.index, item.name, item.member, item.locator) for item in items] == taken
    assert all(item.error is None and item.timings_ms is None and not item.results for item in items)
    await work_off(workplace, workplace.colorizer())
    assert (await workplace.job(job)).counts == (await workplace.job(origin)).counts
    assert {item.results[0].key for item in await workplace.items(job) if item.results}.isdisjoint(
        item.results[0].key for item in done if item.results
    )


async def test_a_selection_is_numbered_anew_and_keeps_its_names(workplace: Workplace) -> None:
    origin = await workplace.expanded(make_tar([(name, b"x" * 200) for name in NAMES]), media_type=TAR, chunk_items=2)

    job = await submit_derived(workplace, origin, [1, 2, 5])
    await workplace.expander().expand(job.id)

    job, items, originals = await workplace.job(job), await workplace.items(job), await workplace.items(origin)
    assert [item.index for item in items] == [0, 1, 2]
    assert [item.member for item in items] == [originals[index].member for index in (1, 2, 5)]
    assert [item.locator for item in items] == [originals[index].locator for index in (1, 2, 5)]
    assert job.current_counts() == Counts(pending=2, skipped=1)
    assert job.totals is not None
    assert (job.totals.skipped, job.totals.renamed) == ({"not_an_image": 1}, 1)


async def test_an_entry_that_cannot_be_read_fails_here_too(workplace: Workplace) -> None:
    origin = await workplace.expanded(forge_zip([Forged(b"a.jpg", b"a"), Forged(b"secret.jpg", b"b", flags=0x801)]))

    job = await submit_derived(workplace, origin)
    await workplace.expander().expand(job.id)

    items = await workplace.items(job)
    assert [(item.state, item.error and item.error.code) for item in items] == [
        (ItemState.PENDING, None),
        (ItemState.FAILED, "encrypted"),
    ]


async def test_a_job_of_a_derived_job_reads_that_ones_numbers(workplace: Workplace) -> None:
    origin = await workplace.expanded(scans(6), chunk_items=2)
    first = await submit_derived(workplace, origin, [1, 3, 5])
    await workplace.expander().expand(first.id)

    second = await submit_derived(workplace, await workplace.job(first), [0, 2])
    await workplace.expander().expand(second.id)

    originals = await workplace.items(origin)
    assert second.root == origin.id
    assert [item.name for item in await workplace.items(second)] == [originals[1].name, originals[5].name]


async def test_an_interrupted_expansion_is_repeated_with_the_same_items(workplace: Workplace) -> None:
    origin = await workplace.expanded(scans(6), chunk_items=2)
    job = await submit_derived(workplace, origin, [0, 4, 5])
    workplace.lease = LeaseSettings(seconds=20, renew_seconds=5)
    late = [chunk async for chunk in workplace.expander()._chunks(job)]
    await workplace.stores.chunks.insert(late[:1])

    await workplace.expander().expand(job.id)

    assert [chunk.items for chunk in late] == [(await workplace.chunk(job, no)).items for no in range(2)]


async def test_a_job_whose_items_are_gone_fails_with_a_reason(workplace: Workplace) -> None:
    origin = await workplace.expanded(scans(4), chunk_items=2)
    job = await submit_derived(workplace, origin)
    await workplace.database["chunks"].delete_one({"_id": f"{origin.id}:1"})

    await workplace.expander().expand(job.id)

    job = await workplace.job(job)
    assert (job.state, job.error and job.error.code) == (JobState.FAILED, "items_missing")
