"""The loop that sends what is due. Several may run at once, in any number of processes, and may be killed at any time:
the lease of an unfinished attempt expires, and the message is sent again under the same id.
"""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

import anyio
import structlog
from anyio.abc import TaskGroup

from shared.clock import Clock, utc_now
from shared.errors import Unavailable
from shared.ids import new_lease_token
from shared.jobs.outbox import Outboxes
from shared.metrics.reconciler import WEBHOOK_ATTEMPTS
from shared.webhooks.documents import Attempt, Delivery, DeliveryState
from shared.webhooks.policy import WebhookSettings
from shared.webhooks.secrets import WebhookSecrets
from shared.webhooks.signing import body_of, signed_headers
from shared.webhooks.store import DeliveryStore
from worker.webhooks.posting import Outcome, Poster
from worker.webhooks.schedule import JITTER, next_attempt

log = structlog.get_logger()

GONE = 410


@dataclass(kw_only=True)
class Sender:
    outboxes: Outboxes
    deliveries: DeliveryStore
    secrets: WebhookSecrets
    poster: Poster
    settings: WebhookSettings
    name: str
    clock: Clock = utc_now
    _busy: Counter[str] = field(default_factory=Counter)
    _freed: anyio.Event = field(default_factory=anyio.Event)

    # Attempts at the same time, in all and to one host: a receiver that does not respond must not delay the others.
    MOST: ClassVar = 16
    MOST_OF_HOST: ClassVar = 4
    # What an attempt may take besides the timeout: two calls to a slow database.
    SPARE_SECONDS: ClassVar = 5.0

    async def run(self, interval_seconds: float, stopping: anyio.Event) -> None:
        """Until `stopping`. Then attempts that are under way are abandoned, and their leases expire."""
        async with anyio.create_task_group() as attempts:
            attempts.start_soon(_cancel_when, stopping, attempts)
            while True:
                self._freed = anyio.Event()
                try:
                    await self.record_due()
                    await self.begin_attempts(attempts)
                except Unavailable as error:
                    log.warning("webhooks.unavailable", code=error.code, error=error.detail)
                with anyio.move_on_after(interval_seconds):
                    await self._freed.wait()

    async def record_due(self) -> None:
        """Make deliveries of the messages in the jobs' outboxes."""
        async for job in self.outboxes.filled():
            await self.outboxes.empty(job)

    async def begin_attempts(self, attempts: TaskGroup) -> None:
        """As many as there is room for."""
        free = self.MOST - self._busy.total()
        full = [host for host, count in self._busy.items() if count >= self.MOST_OF_HOST]
        for delivery in await self.deliveries.due(self.clock(), full, free) if free else []:
            token = new_lease_token()
            has_room = self._busy[delivery.host] < self.MOST_OF_HOST
            if has_room and await self._claim(delivery, token):
                self._busy[delivery.host] += 1
                attempts.start_soon(self._attempt, delivery, token)

    async def _claim(self, delivery: Delivery, token: str) -> bool:
        seconds = self.settings.timeout_seconds + self.SPARE_SECONDS
        until = self.clock() + timedelta(seconds=seconds)
        return await self.deliveries.claim(delivery, token, self.name, seconds=seconds, until=until)

    async def _attempt(self, delivery: Delivery, token: str) -> None:
        try:
            if await self.deliveries.is_stopped(delivery.webhook):
                await self.deliveries.withhold(delivery.id, token)
                log.info("webhook.withheld", webhook=delivery.id)
            else:
                await self._send(delivery, token)
        except Unavailable as error:
            # It is unknown whether the outcome was recorded. If it was not, the message is sent again.
            log.warning("webhooks.unavailable", code=error.code, error=error.detail)
        finally:
            self._busy[delivery.host] -= 1
            self._freed.set()

    async def _send(self, delivery: Delivery, token: str) -> None:
        begun, body = self.clock(), body_of(delivery.message)
        keys = await self.secrets.valid(delivery.webhook.signer)
        signed = signed_headers(keys, delivery.id, body, begun)
        headers = {"content-type": "application/json", "user-agent": "Photochrom", **signed}
        outcome = await self.poster.post(delivery.webhook.url, headers, body)
        seconds = (self.clock() - begun).total_seconds()
        attempt = Attempt(at=begun, status=outcome.status, error=outcome.error, seconds=round(seconds, 3))
        state, next_at = self._what_follows(delivery, outcome)
        if await self.deliveries.conclude(delivery, token, state, attempt, next_at=next_at):
            WEBHOOK_ATTEMPTS.labels(state.value).inc()
            log.info(
                "webhook.attempted",
                webhook=delivery.id,
                state=state.value,
                attempt=delivery.attempts + 1,
                status=outcome.status,
                error=outcome.error,
            )

    def _what_follows(self, delivery: Delivery, outcome: Outcome) -> tuple[DeliveryState, datetime]:
        now = self.clock()
        if outcome.is_accepted:
            return DeliveryState.DELIVERED, now
        if outcome.status == GONE:
            return DeliveryState.GONE, now
        again = next_attempt(
            delivery.attempts + 1,
            delivery.since,
            now,
            hours=self.settings.retry_hours,
            jitter=random.uniform(*JITTER),
            retry_after=outcome.retry_after,
        )
        return (DeliveryState.PENDING, again) if again else (DeliveryState.FAILED, now)


async def _cancel_when(stopping: anyio.Event, attempts: TaskGroup) -> None:
    await stopping.wait()
    attempts.cancel_scope.cancel()
