"""A held lease is renewed while the body runs; losing it, or shutting down, stops the body."""

import asyncio

import anyio
import pytest

from shared.errors import StoreUnavailable
from shared.settings import LeaseSettings
from worker.leasing.lease import LeaseLost, Stopped, held_lease

pytestmark = pytest.mark.anyio

LEASE = LeaseSettings(seconds=0.4, renew_seconds=0.08)
# How much later than planned things may happen on a busy machine.
TOLERANCE = 0.4


class Renewals:
    """The store's answers to consecutive renewals; the last one is repeated."""

    def __init__(self, *answers: bool | Exception) -> None:
        self.answers = list(answers)
        self.called_at: list[float] = []

    async def __call__(self) -> bool:
        self.called_at.append(anyio.current_time())
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


UNAVAILABLE = StoreUnavailable("gone")


async def test_a_renewed_lease_lets_its_body_outlast_it() -> None:
    renewals = Renewals(True)

    async with held_lease(renewals, LEASE, anyio.Event()):
        await anyio.sleep(2 * LEASE.seconds)

    assert len(renewals.called_at) >= 4


async def test_a_refused_renewal_stops_the_body_at_once() -> None:
    began = anyio.current_time()

    with pytest.raises(LeaseLost):
        async with held_lease(Renewals(True, False), LEASE, anyio.Event()):
            await anyio.sleep(60)

    assert anyio.current_time() - began < LEASE.seconds + TOLERANCE


async def test_an_outage_shorter_than_the_lease_is_survived() -> None:
    renewals = Renewals(UNAVAILABLE, UNAVAILABLE, True)

    async with held_lease(renewals, LEASE, anyio.Event()):
        await anyio.sleep(2 * LEASE.seconds)

    assert len(renewals.called_at) > 3


async def test_a_longer_outage_ends_the_body_when_the_lease_expires() -> None:
    began = anyio.current_time()

    with pytest.raises(LeaseLost):
        async with held_lease(Renewals(UNAVAILABLE), LEASE, anyio.Event()):
            await anyio.sleep(60)

    assert LEASE.seconds / 2 < anyio.current_time() - began <= LEASE.seconds + TOLERANCE


async def test_a_store_that_never_answers_ends_the_body_too() -> None:
    began = anyio.current_time()

    with pytest.raises(LeaseLost):
        async with held_lease(anyio.sleep_forever, LEASE, anyio.Event()):
            await anyio.sleep(60)

    assert anyio.current_time() - began <= LEASE.seconds + TOLERANCE


async def test_shutting_down_stops_the_body() -> None:
    stopping = anyio.Event()
    asyncio.get_running_loop().call_later(0.05, stopping.set)

    with pytest.raises(Stopped):
        async with held_lease(Renewals(True), LEASE, stopping):
            await anyio.sleep(60)


async def test_an_error_in_the_body_is_raised_unchanged() -> None:
    with pytest.raises(ZeroDivisionError):
        async with held_lease(Renewals(True), LEASE, anyio.Event()):
            raise ZeroDivisionError


async def test_an_error_in_the_body_does_not_look_like_a_lost_lease() -> None:
    async def lose_and_fail() -> None:
        async with held_lease(Renewals(True), LEASE, anyio.Event()) as lease:
            lease.end(LeaseLost())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await lose_and_fail()


async def test_a_defect_in_the_renewal_is_not_retried() -> None:
    with pytest.raises(ExceptionGroup) as raised:
        async with held_lease(Renewals(KeyError("defect")), LEASE, anyio.Event()):
            await anyio.sleep(60)

    assert raised.group_contains(KeyError)


async def test_the_first_reason_to_end_counts() -> None:
    async def end_twice() -> None:
        async with held_lease(Renewals(True), LEASE, anyio.Event()) as lease:
            lease.end(Stopped())
            lease.end(LeaseLost())
            await anyio.sleep(60)

    with pytest.raises(Stopped):
        await end_twice()
