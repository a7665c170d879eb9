"""Signatures, verified by the reference library of Standard Webhooks, and the secrets that make them."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from shared.clock import utc_now
from shared.mongo import Database
from shared.webhooks.documents import Message
from shared.webhooks.secrets import WebhookSecrets
from shared.webhooks.signing import body_of, new_secret, signed_headers

MESSAGE = Message(
    id="msg_01JDC5GCV4N9S0E6H1Y7PKM3QA_1_succeeded",
    type="job.succeeded",
    timestamp=datetime(2026, 12, 1, tzinfo=UTC),
    data={"labels": ["Zürich"], "finished_at": datetime(2026, 12, 1, tzinfo=UTC)},
)


def test_receivers_verify_what_is_signed() -> None:
    secret, body = new_secret(), body_of(MESSAGE)
    headers = signed_headers([secret], MESSAGE.id, body, utc_now())

    content = Webhook(secret).verify(body, headers)

    assert content["type"] == "job.succeeded"
    assert content["timestamp"] == content["data"]["finished_at"] == "2026-12-01T00:00:00+00:00"
    assert content["data"]["labels"] == ["Zürich"]
    assert json.loads(body) == content


def test_another_body_id_time_or_secret_is_not_verified() -> None:
    secret, body = new_secret(), body_of(MESSAGE)
    headers = signed_headers([secret], MESSAGE.id, body, utc_now())
    old = signed_headers([secret], MESSAGE.id, body, utc_now() - timedelta(minutes=6))

    for changed in (
        (Webhook(secret), body + b" ", headers),
        (Webhook(secret), body, headers | {"webhook-id": "msg_other"}),
        (Webhook(secret), body, old),
        (Webhook(new_secret()), body, headers),
    ):
        with pytest.raises(WebhookVerificationError):
            changed[0].verify(*changed[1:])


@pytest.mark.anyio
async def test_each_owner_has_a_secret_and_a_replaced_one_goes_on_signing_for_a_while(database: Database) -> None:
    secrets = WebhookSecrets(database)
    (first,) = await secrets.valid("museum")
    assert await secrets.valid("museum") == [first]
    assert await secrets.valid("archive") != [first]

    second = await secrets.rotate("museum", timedelta(hours=1))
    assert await secrets.valid("museum") == [second, first]
    headers = signed_headers(await secrets.valid("museum"), MESSAGE.id, body_of(MESSAGE), utc_now())
    for secret in (first, second):
        assert Webhook(secret).verify(body_of(MESSAGE), headers)

    third = await secrets.rotate("museum", timedelta(0))
    assert await secrets.valid("museum") == [third, first]
