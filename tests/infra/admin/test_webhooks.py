"""`photochrom-admin webhooks`: what was sent is listed without secrets, and sent again by command."""

import asyncio
from typing import Any

import pytest

from shared.clock import utc_now
from shared.mongo import open_database
from shared.settings import MongoSettings
from shared.stores import Stores
from shared.webhooks.documents import Attempt, Delivery, DeliveryState, Message, Webhook
from tests.fixtures.admin import Admin, admin_on


@pytest.fixture
def admin(settings: MongoSettings) -> Admin:
    return admin_on(settings, "webhooks")


def record(settings: MongoSettings, *deliveries: Delivery) -> None:
    async def write() -> None:
        async with open_database(settings) as database:
            for delivery in deliveries:
                await Stores.over(database).deliveries.record(delivery)

    asyncio.run(write())


def delivery(name: str, state: DeliveryState, **fields: Any) -> Delivery:
    now = utc_now()
    message = Message(id=f"msg_{name}", type="job.failed", timestamp=now, data={})
    return Delivery(
        id=message.id,
        owner="museum",
        job=f"job_{name}",
        webhook=Webhook(url="https://archive.example/hook?token=secret", signer="museum"),
        host="archive.example",
        message=message,
        state=state,
        created_at=now,
        since=now,
        next_at=now,
        **fields,
    )


def test_messages_are_listed_and_sent_again_by_command(admin: Admin, settings: MongoSettings) -> None:
    refused = Attempt(at=utc_now(), status=500, seconds=0.1)
    record(
        settings,
        delivery("a", DeliveryState.FAILED, attempts=18, last=refused),
        delivery("b", DeliveryState.PENDING),
        delivery("c", DeliveryState.GONE, stops="museum https://archive.example/hook?token=secret"),
    )
    rows = {line.split()[0]: line for line in admin("list").stdout.splitlines()}
    assert rows.keys() == {"ID", "msg_a", "msg_b", "msg_c"}
    assert rows["msg_a"].split()[1:3] == ["failed", "18"]
    assert rows["msg_a"].split()[-2:] == ["500", "https://archive.example/hook?…"]
    assert [line.split()[0] for line in admin("list", "--state", "failed").stdout.splitlines()[1:]] == ["msg_a"]
    assert [line.split()[0] for line in admin("list", "--job", "job_b").stdout.splitlines()[1:]] == ["msg_b"]

    admin("redeliver", "--failed")
    admin("redeliver", "msg_c")
    pending = admin("list", "--state", "pending").stdout.splitlines()[1:]
    assert sorted(line.split()[0] for line in pending) == ["msg_a", "msg_b", "msg_c"]

    again = admin("redeliver", "msg_a", check=False)
    assert (again.returncode, "msg_a is pending; it is sent at" in again.stderr) == (1, True)
    unknown = admin("redeliver", "msg_x", check=False)
    assert "There is no message 'msg_x'. `photochrom-admin webhooks list` shows all." in unknown.stderr
    assert admin("redeliver", check=False).returncode == 1


def test_secrets_are_printed_alone_and_replaced(admin: Admin) -> None:
    service, museum = admin("secret").stdout, admin("secret", "museum").stdout
    assert (service == museum, service) == (False, admin("secret").stdout)
    assert service.startswith("whsec_")

    rotated = admin("secret", "museum", "--rotate")
    assert rotated.stdout not in (museum, service)
    assert rotated.stdout == admin("secret", "museum").stdout
    assert rotated.stdout.strip() not in rotated.stderr
