"""The survey shows what waits, since when, and who works."""

from datetime import timedelta

import pytest

from shared.clock import utc_now
from shared.liveness import Heartbeats
from shared.queue import Queue
from tests.fixtures.metrics import growth, reading
from tests.fixtures.worker import WINDOW, Workplace
from tests.fixtures.worker_steps import later, passes
from tests.zoo.pictures import picture, scans
from worker.reconcile.survey import Survey

pytestmark = pytest.mark.anyio


@pytest.fixture
def survey(workplace: Workplace):
    url = workplace.environment["PHOTOCHROM_REDIS__URL"]
    heartbeats = Heartbeats(url)
    yield Survey(workplace.stores, workplace.queue, heartbeats, utc_now)
    heartbeats.close()


def by_role(metric: str) -> list[float]:
    return [reading(metric, role=role) for role in ("ingest", "interactive", "bulk")]


async def test_what_waits_and_who_works_is_counted_by_role(workplace: Workplace, survey: Survey) -> None:
    await workplace.job_service.begin_run(await workplace.submit_archive(scans(2)))
    await workplace.job_service.begin_run(await workplace.submit_picture(picture()))
    running = await workplace.expanded(scans(12), chunk_items=2)
    await workplace.stores.leases.claim(running.id, 0, "token", "worker", 30)
    await survey.heartbeats.beat(Queue.BULK, "host:1")

    await survey.take()

    assert by_role("photochrom_pending") == [1, 1, WINDOW - 1]
    assert by_role("photochrom_leased") == [0, 0, 1]
    assert by_role("photochrom_items_pending") == [0, 1, 12]
    assert by_role("photochrom_queue_messages") == [1, 1, WINDOW]
    assert by_role("photochrom_workers") == [0, 0, 1]
    assert reading("photochrom_jobs", state="queued") == 2
    assert reading("photochrom_jobs", state="running") == 1
    assert reading("photochrom_survey_timestamp_seconds") == pytest.approx(utc_now().timestamp(), abs=5)


async def test_nothing_that_waits_is_old_when_nothing_waits(workplace: Workplace, survey: Survey) -> None:
    await survey.take()

    assert by_role("photochrom_oldest_pending_seconds") == [0, 0, 0]
    assert by_role("photochrom_pending") == [0, 0, 0]


async def test_a_message_that_is_sent_again_has_waited_since_the_first(workplace: Workplace, survey: Survey) -> None:
    await workplace.expanded(scans(1))
    await workplace.job_service.begin_run(await workplace.submit_archive(scans(2)))
    resent = growth("photochrom_resends_total", role="bulk")
    await survey.take()
    workplace.redis.flushdb()
    await passes(workplace, clock=later(600))

    survey.clock = lambda: utc_now() + timedelta(seconds=1000)
    await survey.take()

    assert resent() == 1
    ingest, _, bulk = by_role("photochrom_oldest_pending_seconds")
    assert ingest == pytest.approx(1000, abs=30)
    assert bulk == pytest.approx(1000, abs=30)


async def test_a_chunk_that_waits_anew_is_not_old(workplace: Workplace, survey: Survey) -> None:
    job = await workplace.expanded(scans(1))
    await survey.take()
    await workplace.stores.leases.claim(job.id, 0, "token", "worker", 30)
    await workplace.stores.leases.hand_back(f"{job.id}:0", "token")
    survey.clock = lambda: utc_now() + timedelta(seconds=1000)
    await workplace.database["chunks"].update_one({}, {"$set": {"dispatched_at": survey.clock()}})

    await survey.take()

    assert by_role("photochrom_oldest_pending_seconds")[2] == pytest.approx(0, abs=30)


async def test_an_expired_lease_is_counted(workplace: Workplace) -> None:
    expired = growth("photochrom_lease_expiries_total", role="bulk")
    job = await workplace.expanded(scans(1))
    await workplace.stores.leases.claim(job.id, 0, "token", "worker", 30)

    await workplace.run_leases_out()

    assert expired() == 1
