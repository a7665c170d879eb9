"""job.expand on real servers: from an archive's index to a running job, despite interruptions."""

import pytest

from shared.chunks.documents import Chunk
from shared.documents import Failure
from shared.lifecycle import ChunkState, Counts, ItemState, JobState
from shared.queue import Queue
from tests.fixtures.worker import WINDOW, Workplace
from tests.shared.archives.making import Forged, forge_zip, make_tar, make_zip

pytestmark = pytest.mark.anyio

PENDING, FAILED, SKIPPED = ItemState.PENDING, ItemState.FAILED, ItemState.SKIPPED
SCANS = [(f"scans/{number}.jpg", b"x" * (number + 1)) for number in range(10)]


async def chunks_of(workplace: Workplace, job_id: str) -> list[Chunk]:
    return [chunk async for chunk in workplace.stores.chunks.in_order(job_id)]


@pytest.mark.parametrize(
    ("archive", "media_type"),
    [(make_zip(SCANS), "application/zip"), (make_tar(SCANS), "application/x-tar")],
    ids=["zip", "tar"],
)
async def test_an_archive_becomes_a_running_job_of_chunks(
    workplace: Workplace, archive: bytes, media_type: str
) -> None:
    job = await workplace.expanded(archive, media_type=media_type)

    assert (job.state, job.chunks, job.lease) == (JobState.RUNNING, 3, None)
    assert job.totals is not None
    assert job.totals.items == 10
    chunks = await chunks_of(workplace, job.id)
    assert [len(chunk.items) for chunk in chunks] == [4, 4, 2]
    assert {chunk.state for chunk in chunks} == {ChunkState.PENDING}
    items = [item for chunk in chunks for item in chunk.items]
    assert [(item.index, item.name, item.member) for item in items] == [
        (index, name, name) for index, (name, _) in enumerate(SCANS)
    ]
    assert {item.locator and item.locator["key"] for item in items} == {job.source.key}


async def test_only_a_window_of_messages_is_sent(workplace: Workplace) -> None:
    job = await workplace.expanded(make_zip(SCANS), chunk_items=1)

    assert workplace.messages(Queue.BULK) == [(job.id, no) for no in range(WINDOW)]
    assert job.next_no == WINDOW


async def test_junk_is_skipped_with_a_reason_and_counted(workplace: Workplace) -> None:
    names = ["a.jpg", "__MACOSX/._a.jpg", ".hidden.jpg", "notes.txt", "inner.zip", "folder/", "b.png"]
    job = await workplace.expanded(make_zip([(name, b"") for name in names]))

    items = await workplace.items(job)
    assert [(item.state, item.error and item.error.code) for item in items] == [
        (PENDING, None),
        (SKIPPED, "system_file"),
        (SKIPPED, "hidden_file"),
        (SKIPPED, "not_an_image"),
        (SKIPPED, "nested_archive"),
        (SKIPPED, "directory"),
        (PENDING, None),
    ]
    assert all(item.error is None or item.error.detail for item in items)
    assert job.current_counts() == Counts(pending=2, skipped=5)


async def test_an_unreadable_entry_fails_alone(workplace: Workplace) -> None:
    entries = [
        Forged(b"a.jpg", b"a"),
        Forged(b"secret.jpg", b"b", flags=0x801),
        Forged(b"c.jpg", b"c", method=99),
    ]
    job = await workplace.expanded(forge_zip(entries))

    items = await workplace.items(job)
    assert [(item.state, item.error and item.error.code) for item in items] == [
        (PENDING, None),
        (FAILED, "encrypted"),
        (FAILED, "unsupported_method"),
    ]
    assert [item.locator is None for item in items] == [False, True, True]
    assert job.current_counts() == Counts(pending=1, failed=2)


async def test_chunks_without_a_picture_are_done_and_never_sent(workplace: Workplace) -> None:
    names = ["a.txt", "b.txt", "c.jpg", "d.txt", "e.txt", "f.jpg"]
    job = await workplace.expanded(make_zip([(name, b"") for name in names]), chunk_items=2)

    states = [chunk.state for chunk in await chunks_of(workplace, job.id)]
    assert states == [ChunkState.DONE, ChunkState.PENDING, ChunkState.PENDING]
    assert workplace.messages(Queue.BULK) == [(job.id, 1), (job.id, 2)]


@pytest.mark.parametrize("names", [[], ["readme.txt", ".DS_Store"]], ids=["nothing", "only junk"])
async def test_an_archive_without_a_picture_fails_at_once_and_still_lists_its_entries(
    workplace: Workplace, names: list[str]
) -> None:
    job = await workplace.expanded(make_zip([(name, b"") for name in names]))

    ended = await workplace.check(job)
    assert ended.state is JobState.FAILED
    assert ended.error is not None
    assert ended.error.code == "empty_archive"
    assert ended.counts == Counts(skipped=len(names))
    assert [item.name for item in await workplace.items(job)] == names


@pytest.mark.parametrize(
    ("archive", "code"),
    [
        (make_zip(SCANS)[:-30], "archive_truncated"),
        (forge_zip([Forged(b"a.jpg", b"a")], count=7), "archive_corrupt"),
    ],
    ids=["cut off", "contradictory"],
)
async def test_an_unusable_archive_fails_the_job_with_its_code(workplace: Workplace, archive: bytes, code: str) -> None:
    job = await workplace.expanded(archive)

    assert (job.state, job.lease) == (JobState.FAILED, None)
    assert job.error is not None
    assert job.error.code == code
    assert workplace.messages(Queue.BULK) == []


async def test_a_missing_archive_fails_the_job(workplace: Workplace) -> None:
    job = await workplace.submit_archive(make_zip(SCANS))
    await workplace.storage.delete(job.source.key)

    await workplace.expander().expand(job.id)

    ended = await workplace.job(job)
    assert (ended.state, ended.error and ended.error.code) == (JobState.FAILED, "source_missing")


async def test_the_detail_of_a_failed_job_is_a_sentence(workplace: Workplace) -> None:
    job = await workplace.expanded(make_zip(SCANS)[:-30])

    assert isinstance(job.error, Failure)
    assert job.error.detail.endswith(".")
