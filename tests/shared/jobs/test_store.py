"""The jobs collection: inserting and finding, the dispatch window, canceling and settling."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from pymongo.errors import WriteError

from shared.clock import utc_now
from shared.ids import first_job_id, new_job_id
from shared.jobs.documents import Idempotency, Job, JobKind
from shared.jobs.store import IdempotencyKeyTaken, JobStore, is_overdue
from shared.lifecycle import Counts, JobState
from shared.mongo import Database
from tests.shared.jobs.conftest import Maker

pytestmark = pytest.mark.anyio

MakeJob = Callable[..., Job]


class TestTakeBack:
    async def test_a_job_that_nobody_has_acted_on_is_gone(self, jobs: JobStore, maker: Maker) -> None:
        job = await maker.inserted()

        assert [await jobs.take_back(job.id), await jobs.take_back(job.id)] == [True, False]
        assert await jobs.get(job.id) is None

    async def test_a_job_that_was_sent_or_begun_stays(self, jobs: JobStore, maker: Maker) -> None:
        sent, begun = await maker.inserted(), await maker.expanding()
        await jobs.mark_sent(sent.id)

        assert [await jobs.take_back(job.id) for job in (sent, begun)] == [False, False]


class TestInsert:
    async def test_chunks_are_read_back_unchanged(self, jobs: JobStore, maker: Maker) -> None:
        job = await maker.inserted(idempotency=Idempotency(key="k", fingerprint="f"))

        assert await jobs.get(job.id) == job
        assert await jobs.get(new_job_id()) is None

    async def test_one_of_ten_submits_under_one_key_wins(self, jobs: JobStore, make_job: MakeJob) -> None:
        key = Idempotency(key="scan-17", fingerprint="f")
        contenders = [make_job(idempotency=key) for _ in range(10)]

        outcomes = await asyncio.gather(*map(jobs.insert, contenders), return_exceptions=True)

        winners = [job for job, outcome in zip(contenders, outcomes, strict=True) if outcome is None]
        assert [type(outcome) for outcome in outcomes if outcome is not None] == [IdempotencyKeyTaken] * 9
        assert [await jobs.get_by_idempotency_key("museum", "scan-17")] == winners

    async def test_the_answer_to_a_loser_shows_nothing_of_the_winner(self, jobs: JobStore, maker: Maker) -> None:
        await maker.inserted(idempotency=Idempotency(key="secret-key", fingerprint="f"))

        with pytest.raises(IdempotencyKeyTaken) as refusal:
            await maker.inserted(idempotency=Idempotency(key="secret-key", fingerprint="g"))

        assert "secret-key" not in refusal.value.detail

    async def test_keys_are_each_owners_own_and_a_job_needs_none(self, jobs: JobStore, maker: Maker) -> None:
        key = Idempotency(key="scan-17", fingerprint="f")
        await maker.inserted(idempotency=key)
        await maker.inserted(owner="family", idempotency=key)
        for _ in range(2):
            await maker.inserted()

        assert await jobs.get_by_idempotency_key("nobody", "scan-17") is None

    async def test_the_store_refuses_a_state_that_does_not_exist(
        self, database: Database, jobs: JobStore, maker: Maker
    ) -> None:
        job = await maker.inserted()

        with pytest.raises(WriteError, match="validation"):
            await database["jobs"].update_one({"_id": job.id}, {"$set": {"state": "finished"}})


class TestPage:
    async def test_pages_run_from_the_newest_job_to_the_oldest(self, jobs: JobStore, maker: Maker) -> None:
        made = sorted([(await maker.inserted()).id for _ in range(5)], reverse=True)
        await maker.inserted(owner="family")

        first = [job.id for job in await jobs.page("museum", state=None, after=None, limit=2)]
        rest = [job.id for job in await jobs.page("museum", state=None, after=first[-1], limit=9)]

        assert first + rest == made

    async def test_a_page_may_be_of_one_state(self, jobs: JobStore, maker: Maker) -> None:
        await maker.inserted()
        job = await maker.running()

        assert await jobs.page("museum", state=JobState.RUNNING, after=None, limit=9) == [job]


class TestManyJobs:
    """5,000 jobs, one a minute. A page that read all of them would take most of a second on the embedded store."""

    @pytest.fixture
    async def ids(self, database: Database, maker: Maker) -> list[str]:
        newest = utc_now().timestamp()
        ids = [first_job_id(newest - 60 * number) for number in range(5000)]
        documents = [maker.make_job(id=job_id).to_mongo() for job_id in ids]
        await database["jobs"].insert_many(documents)
        return ids

    async def test_pages_are_read_by_short_ranges(self, database: Database, jobs: JobStore, ids: list[str]) -> None:
        whole = await _seconds(database["jobs"].find({"owner": "museum"}).sort("_id", -1).limit(21).to_list(21))

        for number, state in [(0, None), (2500, None), (4950, None), (0, JobState.QUEUED)]:
            after = ids[number - 1] if number else None
            page: list[Job] = []
            pages = jobs.page("museum", state=state, after=after, limit=21)
            seconds = await _seconds(_into(page, pages))

            assert [job.id for job in page] == ids[number : number + 21]
            assert seconds < whole / 3

    async def test_a_kind_is_found_among_many(self, jobs: JobStore, ids: list[str]) -> None:
        page = await jobs.page("museum", state=JobState.QUEUED, kind=JobKind.BULK, after=ids[9], limit=20)

        assert [job.id for job in page] == ids[10:30]


class TestABurst:
    """3,000 jobs of one minute, an hour ago, and none since: one long range would contain all of them."""

    @pytest.fixture
    async def ids(self, database: Database, maker: Maker) -> list[str]:
        newest = utc_now().timestamp() - 3600
        ids = [first_job_id(newest - 0.02 * number) for number in range(3000)]
        await database["jobs"].insert_many([maker.make_job(id=job_id).to_mongo() for job_id in ids])
        return ids

    async def test_only_the_first_list_reads_the_whole_burst(
        self, jobs: JobStore, maker: Maker, ids: list[str]
    ) -> None:
        first, again, middle = list[Job](), list[Job](), list[Job]()
        whole = await _seconds(_into(first, jobs.page("museum", state=None, after=None, limit=21)))
        seconds = await _seconds(_into(again, jobs.page("museum", state=None, after=None, limit=21)))
        others = await _seconds(_into(middle, jobs.page("museum", state=None, after=ids[999], limit=21)))
        new = maker.make_job()
        await jobs.insert(new)

        assert [job.id for job in first] == [job.id for job in again] == ids[:21]
        assert [job.id for job in middle] == ids[1000:1021]
        assert max(seconds, others) < whole / 3
        newer = await jobs.page("museum", state=None, after=None, limit=21)
        assert [job.id for job in newer] == [new.id, *ids[:20]]


async def _seconds(work: Awaitable[object]) -> float:
    started = time.perf_counter()
    await work
    return time.perf_counter() - started


async def _into(page: list[Job], work: Awaitable[list[Job]]) -> None:
    page += await work


class TestWindow:
    async def test_each_number_is_given_once_and_none_is_left_out(self, jobs: JobStore, maker: Maker) -> None:
        job = await maker.running(chunks=12)

        numbers = await asyncio.gather(*(jobs.advance(job.id) for _ in range(20)))

        assert sorted(number for number in numbers if number is not None) == list(range(12))
        assert numbers.count(None) == 8

    async def test_an_unsealed_job_has_no_next_chunk(self, jobs: JobStore, maker: Maker) -> None:
        job = await maker.expanding()

        assert await jobs.advance(job.id) is None

    async def test_a_canceled_job_stops_moving_on(self, jobs: JobStore, maker: Maker) -> None:
        job = await maker.running()
        await jobs.cancel(job.id)

        assert await jobs.advance(job.id) is None


class TestProgressAndEnd:
    async def test_progress_adds_up_whoever_reports_it(self, jobs: JobStore, maker: Maker) -> None:
        job = await maker.running()

        await asyncio.gather(*(jobs.add_progress(job.id, 1, Counts(succeeded=2, failed=1)) for _ in range(10)))

        after = await jobs.get(job.id)
        assert after is not None
        assert after.current_counts() == Counts(pending=9, succeeded=20, failed=10, skipped=1)
        assert after.version == job.version + 10

    async def test_late_progress_does_not_touch_a_job_that_has_ended(self, jobs: JobStore, maker: Maker) -> None:
        job = await maker.running()
        await jobs.settle(job, JobState.SUCCEEDED, Counts(succeeded=40), None)
        ended = await jobs.get(job.id)

        await jobs.add_progress(job.id, 1, Counts(succeeded=1))

        assert await jobs.get(job.id) == ended

    async def test_a_job_is_settled_once_by_ten_at_once(self, jobs: JobStore, maker: Maker) -> None:
        job = await maker.running()

        settlers = (jobs.settle(job, JobState.SUCCEEDED, Counts(succeeded=40), None) for _ in range(10))
        outcomes = await asyncio.gather(*settlers)

        ended = await jobs.get(job.id)
        assert ended is not None
        assert outcomes.count(True) == 1
        assert (ended.state, ended.version) == (JobState.SUCCEEDED, job.version + 1)
        assert ended.current_counts() == Counts(succeeded=40)

    async def test_of_cancel_and_settle_at_once_one_wins(self, jobs: JobStore, maker: Maker) -> None:
        contested = [await maker.running() for _ in range(10)]

        async def contest(job: Job) -> tuple[bool, bool]:
            settled, canceling = await asyncio.gather(
                jobs.settle(job, JobState.SUCCEEDED, Counts(succeeded=40), None), jobs.cancel(job.id)
            )
            return settled, canceling

        outcomes = [await contest(job) for job in contested]

        after = [await jobs.get(job.id) for job in contested]
        assert all(settled != canceled for settled, canceled in outcomes)
        assert [job and job.state for job in after] == [
            JobState.SUCCEEDED if settled else JobState.CANCELING for settled, _ in outcomes
        ]

    async def test_jobs_are_found_by_label_through_an_index(
        self, jobs: JobStore, maker: Maker, database: Database
    ) -> None:
        labeled = await maker.inserted(labels=["a", "b"])
        await maker.inserted(labels=["b"])

        pages = [
            await jobs.page("museum", state=None, after=None, limit=9, labels=labels) for labels in (["a"], ["b", "a"])
        ]
        plan = await database["jobs"].find({"owner": "museum", "labels": "a", "_id": {"$gte": "job_"}}).explain()

        assert pages == [[labeled], [labeled]]
        assert plan["queryPlanner"]["winningPlan"]["inputStage"]["indexName"] == "owner_label_newest"

    async def test_a_job_of_another_run_is_not_settled_by_what_was_read_before(
        self, jobs: JobStore, maker: Maker
    ) -> None:
        job = await maker.running()
        stale = job.model_copy(update={"run": job.run + 1})

        assert not await jobs.settle(stale, JobState.SUCCEEDED, Counts(), None)

    async def test_a_terminal_job_cannot_be_canceled(self, jobs: JobStore, maker: Maker) -> None:
        job = await maker.running()
        await jobs.settle(job, JobState.SUCCEEDED, Counts(succeeded=40), None)

        assert not await jobs.cancel(job.id)

    async def test_a_single_picture_starts_once(self, jobs: JobStore, maker: Maker) -> None:
        job = await maker.inserted(kind=JobKind.SINGLE)

        starts = await asyncio.gather(*(jobs.start_single(job.id, 1) for _ in range(5)))

        assert [start.state for start in starts if start is not None] == [JobState.RUNNING]

    async def test_jobs_in_given_states_come_oldest_first(self, jobs: JobStore, maker: Maker) -> None:
        queued = await maker.inserted()
        under_way = await maker.running()
        done = await maker.running()
        await jobs.settle(done, JobState.SUCCEEDED, Counts(), None)

        ids = [job.id async for job in jobs.in_state(JobState.QUEUED, JobState.RUNNING)]

        assert ids == sorted([queued.id, under_way.id])


def test_something_is_overdue_if_it_never_happened_or_long_ago() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)

    assert is_overdue(None, now, 5)
    assert is_overdue(now - timedelta(seconds=6), now, 5)
    assert not is_overdue(now - timedelta(seconds=4), now, 5)
