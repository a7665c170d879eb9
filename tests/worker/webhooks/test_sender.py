"""The sender on the real database, with real receivers: what is due is sent, once or again, under the same id."""

import time
from datetime import timedelta

import anyio
import pytest

from shared.archives.errors import ArchiveTruncated
from shared.clock import utc_now
from shared.webhooks.documents import DeliveryState, Webhook
from tests.fixtures.receiver import Receiver, receiving
from tests.fixtures.sending import Clock, arrived, deliveries, ended, one_round, running, sender
from tests.fixtures.worker import Workplace
from tests.fixtures.worker_steps import work_off
from tests.zoo.pictures import scans
from worker.webhooks.sender import Sender

pytestmark = pytest.mark.anyio


async def test_the_end_of_a_job_is_reported_once_with_its_counts(workplace: Workplace, receiver: Receiver) -> None:
    job = await workplace.expanded(
        scans(3), webhook=Webhook(url=receiver.url(), signer="museum"), labels=["fonds=1931"]
    )
    await work_off(workplace, workplace.colorizer())
    for _ in range(2):
        await one_round(sender(workplace))

    (request,) = receiver.received
    (secret,) = await workplace.stores.webhook_secrets.valid("museum")
    content, job = request.verified(secret), await workplace.job(job)
    assert request.id == f"msg_{job.id.removeprefix('job_')}_1_succeeded"
    assert request.headers["content-type"] == "application/json"
    assert content["type"] == "job.succeeded"
    assert content["data"]["id"] == job.id
    assert content["data"]["labels"] == ["fonds=1931"]
    assert (content["data"]["state"], content["data"]["counts"]["succeeded"]) == ("succeeded", 3)
    assert job.outbox == []
    (delivery,) = await deliveries(workplace)
    assert (delivery.state, delivery.attempts, delivery.lease) == (DeliveryState.DELIVERED, 1, None)


async def test_every_end_is_reported_of_each_run_one(workplace: Workplace, receiver: Receiver) -> None:
    webhook = Webhook(url=receiver.url(), signer="museum")
    unusable = await workplace.submit_archive(b"PK no archive", webhook=webhook)
    await workplace.expander().expand(unusable.id)
    canceled = await ended(workplace, receiver)
    assert await workplace.job_service.retry(canceled)
    await workplace.job_service.cancel(await workplace.job(canceled))
    assert len((await workplace.job(canceled)).outbox) == 2

    await one_round(sender(workplace))

    of_canceled = f"msg_{canceled.id.removeprefix('job_')}"
    assert sorted(receiver.ids) == sorted(
        [
            f"msg_{unusable.id.removeprefix('job_')}_1_failed",
            f"{of_canceled}_1_canceled",
            f"{of_canceled}_2_canceled",
        ]
    )
    (secret,) = await workplace.stores.webhook_secrets.valid("museum")
    contents = {request.id: request.verified(secret) for request in receiver.received}
    (failed,) = (content for content in contents.values() if content["type"] == "job.failed")
    assert failed["data"]["error"]["code"] == ArchiveTruncated.code


async def test_a_job_without_a_webhook_reports_nothing(workplace: Workplace) -> None:
    job = await workplace.submit_archive(scans(1))
    await workplace.job_service.cancel(job)

    await one_round(sender(workplace))

    assert (await workplace.job(job)).outbox == await deliveries(workplace) == []


async def test_a_refused_message_is_sent_again_by_the_clock_until_it_is_accepted(
    workplace: Workplace, receiver: Receiver
) -> None:
    await ended(workplace, receiver)
    receiver.answers = [500, 302, 404]
    clock = Clock()
    sending = sender(workplace, clock)
    for seconds, attempts in ((0, 1), (7, 1), (13, 2), (27, 2), (39, 3), (60, 3), (91, 4), (500, 4)):
        clock.ahead = timedelta(seconds=seconds)
        await one_round(sending)
        assert len(receiver.received) == attempts, f"after {seconds} s"

    (delivery,) = await deliveries(workplace)
    assert (delivery.state, delivery.attempts) == (DeliveryState.DELIVERED, 4)
    assert len(set(receiver.ids)) == 1
    assert len({request.body for request in receiver.received}) == 1


async def test_a_message_is_given_up_after_a_day_and_can_be_redelivered(
    workplace: Workplace, receiver: Receiver
) -> None:
    await ended(workplace, receiver)
    receiver.answers = [500, 500]
    clock = Clock()
    await one_round(sender(workplace, clock))
    clock.ahead = timedelta(hours=24, seconds=1)
    await one_round(sender(workplace, clock))
    (delivery,) = await deliveries(workplace)
    assert (delivery.state, delivery.last and delivery.last.status) == (DeliveryState.FAILED, 500)
    await one_round(sender(workplace, clock))
    assert len(receiver.received) == 2

    assert await workplace.stores.deliveries.redeliver(delivery)
    assert not await workplace.stores.deliveries.redeliver(delivery)
    await one_round(sender(workplace))

    assert len(set(receiver.ids)) == 1
    assert [each.state for each in await deliveries(workplace)] == [DeliveryState.DELIVERED]


async def test_gone_stops_all_messages_to_the_url_until_one_is_redelivered(
    workplace: Workplace, receiver: Receiver
) -> None:
    receiver.answers = [410]
    await ended(workplace, receiver)
    await one_round(sender(workplace))
    await ended(workplace, receiver)
    await one_round(sender(workplace))
    await ended(workplace, receiver, url=receiver.url("/other"))
    await one_round(sender(workplace))

    assert [request.path for request in receiver.received] == ["/hook", "/other"]
    states = [each.state for each in await deliveries(workplace)]
    assert states == [DeliveryState.DELIVERED, DeliveryState.GONE, DeliveryState.GONE]

    oldest = (await deliveries(workplace))[-1]
    assert await workplace.stores.deliveries.redeliver(oldest)
    await ended(workplace, receiver)
    await one_round(sender(workplace))
    assert receiver.ids.count(oldest.id) == 2
    assert len(receiver.received) == 4


async def test_a_forbidden_address_is_tried_again_because_the_operator_may_allow_it(
    workplace: Workplace, receiver: Receiver
) -> None:
    await ended(workplace, receiver)
    clock = Clock()
    await one_round(sender(workplace, clock, hosts=[]))
    (delivery,) = await deliveries(workplace)
    assert (delivery.state, delivery.last and delivery.last.error) == (DeliveryState.PENDING, "address_forbidden")
    assert receiver.received == []

    clock.ahead = timedelta(minutes=1)
    await one_round(sender(workplace, clock))
    assert len(receiver.received) == 1


async def test_several_senders_send_each_message_once(workplace: Workplace, receiver: Receiver) -> None:
    jobs = [await ended(workplace, receiver) for _ in range(30)]

    async with running(sender(workplace)), running(sender(workplace)), running(sender(workplace)):
        await arrived(receiver, len(jobs), 30)

    assert len(set(receiver.ids)) == len(receiver.ids) == len(jobs)


async def test_a_message_whose_sender_died_is_sent_again_under_its_id(workplace: Workplace, receiver: Receiver) -> None:
    await ended(workplace, receiver)
    sending = sender(workplace)
    await sending.record_due()
    (delivery,) = await deliveries(workplace)
    died_at = utc_now() + timedelta(seconds=0.5)
    assert await workplace.stores.deliveries.claim(delivery, "token", "dead", seconds=0.5, until=died_at)
    await one_round(sending)
    assert receiver.received == []

    await anyio.sleep(0.6)
    await one_round(sending)

    assert receiver.ids == [delivery.id]


async def test_a_host_that_does_not_respond_delays_no_other(workplace: Workplace, receiver: Receiver) -> None:
    with receiving() as stuck:
        stuck.before = lambda: time.sleep(1)
        for _ in range(40):
            await ended(workplace, receiver, url=stuck.url(host="localhost"))
        await ended(workplace, receiver)
        async with running(sender(workplace)):
            await arrived(receiver, 1, 10)
            assert len(stuck.received) <= 2 * Sender.MOST_OF_HOST
