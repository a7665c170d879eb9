"""A held lease: renewed while the body runs, which is stopped when it is lost or the process is to end."""

import asyncio

import anyio
import pytest

from shared.errors import StoreUnavailable
from shared.settings import LeaseSettings
from worker.leasing.lease import LeaseLost, Stopped, held_lease

pytestmark = pytest.mark.anyio

LEASE = LeaseSettings(seconds=0.4, renew_seconds=0.08)
# How late a busy machine may be.
LATE = 0.4


class Renewals:
    """What the store answers to one renewal after the other; the last answer stands for all that follow."""

    def __init__(self, *answers: bool | Exception) -> None:
        self.answers = list(answers)
        self.asked_at: list[float] = []

    async def __call__(self) -> bool:
        self.asked_at.append(anyio.current_time())
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


AWAY = StoreUnavailable("gone")


async def test_a_renewed_lease_lets_its_body_run_for_longer_than_it_lasts() -> None:
    renewals = Renewals(True)

    async with held_lease(renewals, LEASE, anyio.Event()):
        await anyio.sleep(2 * LEASE.seconds)

    assert len(renewals.asked_at) >= 4


async def test_a_refused_renewal_stops_the_body_at_once() -> None:
    began = anyio.current_time()

    with pytest.raises(LeaseLost):
        async with held_lease(Renewals(True, False), LEASE, anyio.Event()):
            await anyio.sleep(60)

    assert anyio.current_time() - began < LEASE.seconds + LATE


async def test_a_store_that_is_away_for_less_than_the_lease_lasts_is_waited_for() -> None:
    renewals = Renewals(AWAY, AWAY, True)

    async with held_lease(renewals, LEASE, anyio.Event()):
        await anyio.sleep(2 * LEASE.seconds)

    assert len(renewals.asked_at) > 3


async def test_a_store_that_stays_away_ends_the_body_before_anybody_else_may_take_the_lease() -> None:
    began = anyio.current_time()

    with pytest.raises(LeaseLost):
        async with held_lease(Renewals(AWAY), LEASE, anyio.Event()):
            await anyio.sleep(60)

    assert LEASE.seconds / 2 < anyio.current_time() - began <= LEASE.seconds + LATE


async def test_a_store_that_never_answers_does_not_keep_the_body_running() -> None:
    began = anyio.current_time()

    with pytest.raises(LeaseLost):
        async with held_lease(anyio.sleep_forever, LEASE, anyio.Event()):
            await anyio.sleep(60)

    assert anyio.current_time() - began <= LEASE.seconds + LATE


async def test_the_body_is_stopped_when_the_process_is_to_end() -> None:
    stopping = anyio.Event()
    asyncio.get_running_loop().call_later(0.05, stopping.set)

    with pytest.raises(Stopped):
        async with held_lease(Renewals(True), LEASE, stopping):
            await anyio.sleep(60)


async def test_an_error_of_the_body_comes_out_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError):
        async with held_lease(Renewals(True), LEASE, anyio.Event()):
            raise ZeroDivisionError


async def test_an_error_of_the_body_is_not_mistaken_for_a_lost_lease() -> None:
    async def lose_and_fail() -> None:
        async with held_lease(Renewals(True), LEASE, anyio.Event()) as lease:
            lease.end(LeaseLost())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await lose_and_fail()


async def test_a_defect_of_the_renewal_is_not_waited_out() -> None:
    with pytest.raises(ExceptionGroup) as raised:
        async with held_lease(Renewals(KeyError("defect")), LEASE, anyio.Event()):
            await anyio.sleep(60)

    assert raised.group_contains(KeyError)


async def test_whoever_notices_first_says_why_the_work_ends() -> None:
    async def end_twice() -> None:
        async with held_lease(Renewals(True), LEASE, anyio.Event()) as lease:
            lease.end(Stopped())
            lease.end(LeaseLost())
            await anyio.sleep(60)

    with pytest.raises(Stopped):
        await end_twice()
