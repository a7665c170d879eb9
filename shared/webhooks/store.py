"""The deliveries: which messages are due, sent, or given up. Any number of processes may send at once.

As in `shared/chunks/store.py`, `_id` comes first in a filter of an update, and there is no `$expr` and no `$or`.
"""

from collections.abc import AsyncIterator, Collection
from datetime import datetime

from pymongo.errors import DuplicateKeyError

from shared.clock import utc_now
from shared.mongo import Database, Update, translate_errors, translate_errors_of_iteration, update_if
from shared.mongo_time import expired, lease
from shared.webhooks.documents import Attempt, Delivery, DeliveryState, Webhook

FINISHED = (DeliveryState.DELIVERED, DeliveryState.FAILED, DeliveryState.GONE)


class DeliveryStore:
    """All methods raise StoreUnavailable if the store does not respond."""

    def __init__(self, database: Database) -> None:
        self._deliveries = database["deliveries"]

    @translate_errors
    async def record(self, delivery: Delivery) -> None:
        """Idempotent: a message is recorded once, however often it is found."""
        try:
            await self._deliveries.insert_one(delivery.to_mongo())
        except DuplicateKeyError:
            return

    @translate_errors
    async def get(self, message_id: str) -> Delivery | None:
        document = await self._deliveries.find_one({"_id": message_id})
        return Delivery.model_validate(document) if document else None

    @translate_errors
    async def due(self, now: datetime, busy_hosts: Collection[str], limit: int) -> list[Delivery]:
        """Those that may be sent now to hosts that are not busy, the longest waiting first."""
        waiting = {"state": DeliveryState.PENDING, "next_at": {"$lte": now}, "host": {"$nin": list(busy_hosts)}}
        documents = await self._deliveries.find(waiting).sort("next_at", 1).limit(limit).to_list(None)
        return [Delivery.model_validate(document) for document in documents]

    @translate_errors
    async def claim(self, delivery: Delivery, token: str, sender: str, *, seconds: float, until: datetime) -> bool:
        """Take the lease on an attempt, unless another sender holds it, or the delivery was changed since it was read.
        It is not due again `until` then, when the lease has expired: others need not look at it.
        """
        free, taken = expired("$lease.expires_at"), lease(token, sender, seconds)
        claimed = {"lease": taken, "next_at": {"$literal": until}}
        update: Update = [{"$set": {name: {"$cond": [free, value, f"${name}"]} for name, value in claimed.items()}}]
        as_read = {"_id": delivery.id, "state": DeliveryState.PENDING, "next_at": delivery.next_at}
        if not await update_if(self._deliveries, as_read, update):
            return False
        current = await self.get(delivery.id)
        return current is not None and current.lease is not None and current.lease.token == token

    @translate_errors
    async def conclude(
        self, delivery: Delivery, token: str, state: DeliveryState, attempt: Attempt, *, next_at: datetime
    ) -> bool:
        """Record an attempt and what follows from it. False: the lease was lost."""
        changes = {
            "state": state,
            "last": attempt.to_mongo(),
            "next_at": next_at,
            "lease": None,
            "stops": delivery.webhook.key if state is DeliveryState.GONE else None,
        }
        held = {"_id": delivery.id, "state": DeliveryState.PENDING, "lease.token": token}
        return await update_if(self._deliveries, held, {"$set": changes, "$inc": {"attempts": 1}})

    @translate_errors
    async def withhold(self, message_id: str, token: str) -> bool:
        """Send no more attempts, because the receiver wants nothing at this URL any more. False: the lease was lost."""
        held = {"_id": message_id, "state": DeliveryState.PENDING, "lease.token": token}
        return await update_if(self._deliveries, held, {"$set": {"state": DeliveryState.GONE, "lease": None}})

    @translate_errors
    async def is_stopped(self, webhook: Webhook) -> bool:
        """Whether the receiver answered 410 there."""
        return await self._deliveries.find_one({"stops": webhook.key}, {"_id": 1}) is not None

    @translate_errors
    async def redeliver(self, delivery: Delivery) -> bool:
        """Begin its attempts anew, under the same id, and send to its URL again. False: it is pending, or gone."""
        await self._deliveries.update_many({"stops": delivery.webhook.key}, {"$set": {"stops": None}})
        now = utc_now()
        anew = {"state": DeliveryState.PENDING, "since": now, "next_at": now, "attempts": 0, "lease": None}
        finished = {"_id": delivery.id, "state": {"$in": list(FINISHED)}}
        return await update_if(self._deliveries, finished, {"$set": anew})

    @translate_errors_of_iteration
    async def newest(
        self, state: DeliveryState | None = None, job: str | None = None, limit: int = 0
    ) -> AsyncIterator[Delivery]:
        """The newest first. A limit of 0 is none."""
        criteria = {"state": state} if state else {}
        matches = self._deliveries.find({**criteria, **({"job": job} if job else {})})
        async for document in matches.sort("created_at", -1).limit(limit):
            yield Delivery.model_validate(document)

    @translate_errors
    async def remove_finished_of(self, job: str) -> None:
        await self._deliveries.delete_many({"job": job, "state": {"$in": list(FINISHED)}})

    @translate_errors
    async def remove_finished(self, before: datetime) -> int:
        """Forget those that were recorded before then. How many. What stops a URL stays."""
        # The embedded store searches by the first field that has an index: by the state, it would read all.
        old = {"created_at": {"$lt": before}, "state": {"$in": list(FINISHED)}, "stops": None}
        return int((await self._deliveries.delete_many(old)).deleted_count)
