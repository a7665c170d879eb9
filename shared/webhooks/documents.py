"""What is stored of webhooks: where a job's end is reported, the message about it, and its delivery."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from shared.documents import Document, Lease

# Signs what is sent to the webhook of the service's settings. It is no owner: owners have no `*`.
SERVICE = "*"


class Webhook(Document):
    """`signer` names whose secret signs: the job's owner's, or the service's for the URL of its settings. Whoever knows
    a secret could forge messages to all who verify with it.
    """

    url: str
    signer: str

    @property
    def key(self) -> str:
        """One string for both, because the embedded store searches a compound index slowly."""
        return f"{self.signer} {self.url}"


class Message(Document):
    """What is sent, as Standard Webhooks has it. `_id` is the `webhook-id`: the same in every attempt."""

    id: str = Field(alias="_id")
    type: str
    timestamp: datetime
    data: dict[str, Any]


class DeliveryState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    # Given up, after as many hours as the settings say.
    FAILED = "failed"
    # The receiver answered 410 to this or to an earlier message to the same URL.
    GONE = "gone"


class Attempt(Document):
    """`status` is that of the response. None: there was none, and `error` says why."""

    at: datetime
    status: int | None = None
    error: str | None = None
    seconds: float


class Delivery(Document):
    """One message to one URL. `_id` is the message's."""

    id: str = Field(alias="_id")
    owner: str
    job: str
    webhook: Webhook
    host: str
    message: Message
    state: DeliveryState = DeliveryState.PENDING
    created_at: datetime
    # When the attempts that are counted began: when it was recorded, or an operator asked for it again.
    since: datetime
    attempts: int = 0
    next_at: datetime
    last: Attempt | None = None
    # The webhook's key, in the delivery whose 410 stops all messages to it.
    stops: str | None = None
    lease: Lease | None = None
