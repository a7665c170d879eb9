"""Holding a lease while working under it: renewed in the background; the work is stopped when it is lost."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import anyio
import structlog

from shared.errors import StoreUnavailable
from shared.settings import LeaseSettings

log = structlog.get_logger()

# A renewal that found no store is repeated after this part of the usual pause.
HURRY = 0.1


class LeaseLost(Exception):
    """Somebody else has, or soon may have, the right to this work: nothing more of it may be written."""


class Stopped(Exception):
    """This process was told to end: the work is to be handed back."""


class HeldLease:
    """The lease of the work under way. Whoever notices first that it is gone ends the work through it."""

    def __init__(self, scope: anyio.CancelScope) -> None:
        self._scope = scope
        self.ending: LeaseLost | Stopped | None = None

    def end(self, why: LeaseLost | Stopped) -> None:
        self.ending = self.ending or why
        self._scope.cancel()


@asynccontextmanager
async def held_lease(
    renew: Callable[[], Awaitable[bool]], settings: LeaseSettings, stopping: anyio.Event
) -> AsyncIterator[HeldLease]:
    """Renew every `renew_seconds` while the body runs.

    The body is cancelled, and LeaseLost raised, once a renewal is refused, or has found no store for as long as the
    lease lasts; Stopped is raised likewise when `stopping` is set. An error of the body's own is raised as it is.
    """
    error: Exception | None = None
    async with anyio.create_task_group() as group:
        lease = HeldLease(group.cancel_scope)
        group.start_soon(_renew_until_lost, lease, renew, settings)
        group.start_soon(_watch, lease, stopping)
        try:
            yield lease
        except Exception as raised:  # Raised below, outside of the group, which would wrap it.
            error = raised
        group.cancel_scope.cancel()
    if error is not None:  # Even where the lease is gone too: a defect must not pass for a lost lease.
        raise error
    if lease.ending is not None:
        raise lease.ending


async def _renew_until_lost(lease: HeldLease, renew: Callable[[], Awaitable[bool]], settings: LeaseSettings) -> None:
    good_until, pause = anyio.current_time() + settings.seconds, settings.renew_seconds
    while anyio.current_time() + pause < good_until:
        await anyio.sleep(pause)
        asked = anyio.current_time()
        try:
            with anyio.fail_after(good_until - asked):
                renewed = await renew()
        except (StoreUnavailable, TimeoutError) as error:
            log.warning("lease.renewal_unanswered", error=str(error))
            pause = settings.renew_seconds * HURRY
            continue
        if not renewed:
            break
        good_until, pause = asked + settings.seconds, settings.renew_seconds
    lease.end(LeaseLost())


async def _watch(lease: HeldLease, stopping: anyio.Event) -> None:
    await stopping.wait()
    lease.end(Stopped())
