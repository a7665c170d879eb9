"""The outboxes of jobs: messages that were recorded when a job ended, and are not deliveries yet."""

from collections.abc import AsyncIterator

from shared.jobs.documents import Job
from shared.mongo import Database, translate_errors, translate_errors_of_iteration
from shared.webhooks.documents import Delivery
from shared.webhooks.store import DeliveryStore
from shared.webhooks.urls import Target


class Outboxes:
    """All methods raise StoreUnavailable if the store does not respond."""

    def __init__(self, database: Database) -> None:
        self._jobs = database["jobs"]
        self._deliveries = DeliveryStore(database)

    @translate_errors_of_iteration
    async def filled(self) -> AsyncIterator[Job]:
        """The jobs that owe messages, in whatever state they are meanwhile."""
        async for document in self._jobs.find({"outbox._id": {"$gt": ""}}):
            yield Job.model_validate(document)

    @translate_errors
    async def empty(self, job: Job) -> None:
        """Make deliveries of its messages. Repeating it is harmless: the ids are the messages'."""
        for delivery in deliveries_of(job):
            await self._deliveries.record(delivery)
        taken = {"_id": {"$in": [message.id for message in job.outbox]}}
        await self._jobs.update_one({"_id": job.id}, {"$pull": {"outbox": taken}})


def deliveries_of(job: Job) -> list[Delivery]:
    if job.webhook is None:
        return []
    return [
        Delivery(
            id=message.id,
            owner=job.owner,
            job=job.id,
            webhook=job.webhook,
            host=Target.of(job.webhook.url).host,
            message=message,
            created_at=message.timestamp,
            since=message.timestamp,
            next_at=message.timestamp,
        )
        for message in job.outbox
    ]
