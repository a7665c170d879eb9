"""A few requests to the storage at once: most of the time of a small object is waiting."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import TypeVar

from anyio import CapacityLimiter, create_task_group

AT_ONCE = 8

Element = TypeVar("Element")


async def for_each(elements: AsyncGenerator[Element, None], act: Callable[[Element], Awaitable[None]]) -> None:
    """Raises the first error of `act`, without its group. Reads no further ahead than it acts."""
    slots = CapacityLimiter(AT_ONCE)

    async def acted(element: Element, borrower: object) -> None:
        try:
            await act(element)
        finally:
            slots.release_on_behalf_of(borrower)

    try:
        async with create_task_group() as group, aclosing(elements):
            async for element in elements:
                borrower = object()
                await slots.acquire_on_behalf_of(borrower)
                group.start_soon(acted, element, borrower)
    except BaseExceptionGroup as failures:
        cause: BaseException = failures
        while isinstance(cause, BaseExceptionGroup):
            cause = cause.exceptions[0]
        raise cause from None
