"""chunk.colorize when something is missing, broken or unavailable: what fails and what is waited out."""

from dataclasses import replace

import anyio
import pytest
from structlog.testing import capture_logs

from shared.errors import StoreUnavailable
from shared.lifecycle import ChunkState, Counts, ItemState, JobState
from shared.settings import LeaseSettings
from shared.storage.errors import StorageUnavailable
from tests.fixtures.worker import Workplace
from tests.fixtures.worker_steps import Unreliable, succeeded, until, work_off
from tests.shared.archives.making import Forged, forge_zip, make_zip
from tests.zoo.pictures import black_picture, picture, scans

pytestmark = pytest.mark.anyio


async def test_pictures_whose_source_is_gone_fail_alone(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(3))
    await workplace.storage.delete(job.source.key)

    await workplace.colorizer().colorize(job.id, 0)

    ended = await workplace.check(job)
    assert ended.state is JobState.FAILED
    assert ended.error is not None
    assert ended.error.code == "nothing_succeeded"
    assert {item.error and item.error.code for item in await workplace.items(job)} == {"source_missing"}


async def test_an_outage_of_the_storage_is_waited_out(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(6), chunk_items=6)
    storage = Unreliable(workplace.storage, StorageUnavailable("gone"))
    colorizer = workplace.colorizer("slow", storage=storage)

    async with anyio.create_task_group() as working:
        working.start_soon(colorizer.colorize, job.id, 0)
        await until(lambda: succeeded(workplace, job))
        storage.away = True
        await anyio.sleep(1.5 * workplace.lease.renew_seconds)
        storage.away = False

    assert (await workplace.check(job)).counts == Counts(succeeded=6)
    assert (await workplace.chunk(job)).expiries == 0


def unreliable_stores(workplace: Workplace) -> dict[str, Unreliable]:
    """Those of chunks, by their names."""
    real = {"chunks": workplace.stores.chunks, "leases": workplace.stores.leases}
    return {name: Unreliable(store, StoreUnavailable("gone")) for name, store in real.items()}


def take_away(stores: dict[str, Unreliable], *, away: bool = True) -> None:
    for store in stores.values():
        store.away = away


async def test_an_outage_of_the_store_is_waited_out(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(6), chunk_items=6)
    stores = unreliable_stores(workplace)
    colorizer = workplace.colorizer("slow", stores=replace(workplace.stores, **stores))

    async with anyio.create_task_group() as working:
        working.start_soon(colorizer.colorize, job.id, 0)
        await until(lambda: succeeded(workplace, job))
        take_away(stores)
        await anyio.sleep(1.5 * workplace.lease.renew_seconds)
        take_away(stores, away=False)

    assert (await workplace.check(job)).counts == Counts(succeeded=6)
    assert (await workplace.chunk(job)).expiries == 0


async def test_a_longer_outage_of_the_store_ends_the_work_with_the_lease(
    workplace: Workplace, nothing_left_open: None
) -> None:
    workplace.lease = LeaseSettings(seconds=1.5, renew_seconds=0.2)
    job = await workplace.expanded(scans(6), chunk_items=6)
    stores = unreliable_stores(workplace)
    colorizer = workplace.colorizer("slow", stores=replace(workplace.stores, **stores))

    async def raises_unavailable() -> None:
        with pytest.raises(StoreUnavailable):
            await colorizer.colorize(job.id, 0)

    async with anyio.create_task_group() as working:
        working.start_soon(raises_unavailable)
        await until(lambda: succeeded(workplace, job))
        take_away(stores)

    abandoned = await workplace.chunk(job)
    assert abandoned.state is ChunkState.LEASED
    await anyio.sleep(workplace.lease.renew_seconds)  # The worker gives up a little before the lease expires.
    await workplace.colorizer().colorize(job.id, 0)
    assert (await workplace.chunk(job)).expiries == 1
    assert (await workplace.check(job)).counts == Counts(succeeded=6)


async def test_broken_pictures_fail_alone_with_their_codes(workplace: Workplace, nothing_left_open: None) -> None:
    good, damaged = picture(1), picture(2)
    entries = [
        Forged(b"good.jpg", good),
        Forged(b"cut.jpg", damaged[: len(damaged) // 2]),
        Forged(b"text.jpg", b"this is no picture"),
        Forged(b"checksum.jpg", damaged, crc=1),
        Forged(b"last.png", picture(3, file_format="PNG")),
    ]
    job = await workplace.expanded(forge_zip(entries), chunk_items=8)

    await work_off(workplace, workplace.colorizer())

    ended = await workplace.check(job)
    assert ended.state is JobState.PARTIALLY_SUCCEEDED
    assert {item.name: item.error and item.error.code for item in await workplace.items(job)} == {
        "good.jpg": None,
        "cut.jpg": "corrupt_image",
        "text.jpg": "unsupported_format",
        "checksum.jpg": "corrupt_entry",
        "last.png": None,
    }


async def test_without_the_model_every_picture_fails_with_model_unavailable(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(2), model="nowhere")

    with capture_logs() as logs:
        await workplace.colorizer().colorize(job.id, 0)

    assert (await workplace.check(job)).state is JobState.FAILED
    assert [item.error and item.error.code for item in await workplace.items(job)] == ["model_unavailable"] * 2
    # Only the log has the path.
    assert [item.error and item.error.detail for item in await workplace.items(job)] == [
        "The worker has no model 'nowhere'."
    ] * 2
    (detail,) = [entry["detail"] for entry in logs if entry["event"] == "model.unavailable"]
    assert detail.endswith("/nowhere.safetensors.")


@pytest.mark.parametrize(("zoo", "failing"), [("nan", {"1.jpg"}), ("wrong_shape", {"0.jpg", "1.jpg"})])
async def test_unusable_colors_fail_their_pictures(workplace: Workplace, zoo: str, failing: set[str]) -> None:
    job = await workplace.expanded(make_zip([("0.jpg", picture()), ("1.jpg", black_picture())]))

    await workplace.colorizer(zoo).colorize(job.id, 0)

    await workplace.check(job)
    failed = {item.name: item.error for item in await workplace.items(job) if item.state is ItemState.FAILED}
    assert failed.keys() == failing
    assert {error and error.code for error in failed.values()} == {"colorizer_failed"}


async def test_a_device_out_of_memory_once_fails_no_picture(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(4))

    await work_off(workplace, workplace.colorizer("out_of_memory_once", minibatch=4))

    assert (await workplace.check(job)).counts == Counts(succeeded=4)


async def test_an_unexpected_error_leaves_the_chunk_to_its_lease(workplace: Workplace, nothing_left_open: None) -> None:
    job = await workplace.expanded(make_zip([("black.jpg", black_picture())]))

    with pytest.raises(ExceptionGroup) as raised:
        await workplace.colorizer("raises").colorize(job.id, 0)

    assert raised.group_contains(ArithmeticError)
    chunk = await workplace.chunk(job)
    assert (chunk.state, chunk.counts) == (ChunkState.LEASED, Counts(pending=1))


async def test_progress_may_lag_but_counts_are_exact(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(2))

    class NoProgress:
        def __getattr__(self, name: str):
            return getattr(workplace.stores.jobs, name)

        async def add_progress(self, *_: object) -> None:
            raise StoreUnavailable("gone")

    colorizer = workplace.colorizer(stores=replace(workplace.stores, jobs=NoProgress()))
    await colorizer.colorize(job.id, 0)

    ended = await workplace.check(job)
    assert ended.progress == Counts()
    assert ended.counts == Counts(succeeded=2)
