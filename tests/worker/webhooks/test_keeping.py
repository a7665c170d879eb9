"""What the sender keeps, and for how long; and what no log contains."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.clock import utc_now
from shared.lifecycle import JobState
from shared.webhooks.documents import DeliveryState, Webhook
from tests.fixtures.ports import free_port
from tests.fixtures.receiver import Receiver
from tests.fixtures.sending import deliveries, ended, one_round, sender
from tests.fixtures.worker import Workplace

pytestmark = pytest.mark.anyio


async def test_deleting_a_job_waits_for_what_it_owes_and_removes_what_was_sent(
    workplace: Workplace, receiver: Receiver
) -> None:
    job = await ended(workplace, receiver)
    await workplace.job_service.delete(job.id, 0)
    reconciler = workplace.reconciler(lease=workplace.lease)
    await reconciler.move_jobs()
    assert (await workplace.job(job)).state is JobState.DELETING

    await one_round(sender(workplace))
    for _ in range(3):
        await reconciler.move_jobs()

    assert len(receiver.received) == 1
    assert await workplace.stores.jobs.get(job.id) is None
    assert await deliveries(workplace) == []


async def test_old_deliveries_are_forgotten_but_not_what_stops_a_url(workplace: Workplace, receiver: Receiver) -> None:
    for status in (204, 410):
        receiver.answers = [status]
        await ended(workplace, receiver)
        await one_round(sender(workplace))
    later = replace(workplace.reconciler(), clock=lambda: utc_now() + timedelta(days=31))

    await later.sweep_rarely()

    assert [each.state for each in await deliveries(workplace)] == [DeliveryState.GONE]
    assert await workplace.stores.deliveries.is_stopped(Webhook(url=receiver.url(), signer="museum"))


async def test_no_log_contains_a_secret_or_a_url(
    workplace: Workplace, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    receiver.answers = [500]
    await ended(workplace, receiver, url=receiver.url("/hook?token=query-secret"))
    await ended(workplace, receiver, url=f"http://127.0.0.1:{free_port()}/path-secret")
    await one_round(sender(workplace))

    logged = "".join(capsys.readouterr())
    (secret,) = await workplace.stores.webhook_secrets.valid("museum")
    assert logged.count("webhook.attempted") == 2
    assert not [text for text in (secret, "query-secret", "path-secret", "127.0.0.1") if text in logged]
