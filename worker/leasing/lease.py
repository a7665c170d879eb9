"""Holding a lease: it is renewed in the background while the work runs, and losing it stops the work."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import anyio
import structlog

from shared.errors import StoreUnavailable
from shared.settings import LeaseSettings

log = structlog.get_logger()

# A renewal that failed because the store was unavailable is retried after this fraction of the usual interval.
RETRY_FRACTION = 0.1


class LeaseLost(Exception):
    """Another worker has the lease, or may soon have it: nothing more of this work may be written."""


class Stopped(Exception):
    """This process is shutting down: the work must be handed back."""


class HeldLease:
    """The lease of the work in progress. Whatever notices first that the work must stop calls `end`."""

    def __init__(self, scope: anyio.CancelScope) -> None:
        self._scope = scope
        self.reason: LeaseLost | Stopped | None = None

    def end(self, reason: LeaseLost | Stopped) -> None:
        self.reason = self.reason or reason
        self._scope.cancel()


@asynccontextmanager
async def held_lease(
    renew: Callable[[], Awaitable[bool]], settings: LeaseSettings, stopping: anyio.Event
) -> AsyncIterator[HeldLease]:
    """Renew every `renew_seconds` while the body runs.

    When a renewal is refused, or the store is unavailable until the lease expires, the body is cancelled and LeaseLost
    raised. When `stopping` is set, the body is cancelled and Stopped raised. An error in the body is raised unchanged.
    """
    error: Exception | None = None
    async with anyio.create_task_group() as group:
        lease = HeldLease(group.cancel_scope)
        group.start_soon(_renew_until_lost, lease, renew, settings)
        group.start_soon(_end_when_stopping, lease, stopping)
        try:
            yield lease
        except Exception as raised:  # Raised again below, outside of the group, which would wrap it.
            error = raised
        group.cancel_scope.cancel()
    if error is not None:  # Even if the lease is lost as well: a defect must not look like a lost lease.
        raise error
    if lease.reason is not None:
        raise lease.reason


async def _renew_until_lost(lease: HeldLease, renew: Callable[[], Awaitable[bool]], settings: LeaseSettings) -> None:
    expires_at, delay = anyio.current_time() + settings.seconds, settings.renew_seconds
    while anyio.current_time() + delay < expires_at:
        await anyio.sleep(delay)
        # Taken before the call, because the store extends the lease from some moment during it.
        renewal_started = anyio.current_time()
        try:
            with anyio.fail_after(expires_at - renewal_started):
                renewed = await renew()
        except (StoreUnavailable, TimeoutError) as error:
            log.warning("lease.renewal_failed", error=str(error))
            delay = settings.renew_seconds * RETRY_FRACTION
            continue
        if not renewed:
            break
        expires_at, delay = renewal_started + settings.seconds, settings.renew_seconds
    lease.end(LeaseLost())


async def _end_when_stopping(lease: HeldLease, stopping: anyio.Event) -> None:
    await stopping.wait()
    lease.end(Stopped())
