"""What was read a short time ago, so that not every request asks the database who it comes from."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Name = TypeVar("Name", bound=Hashable)
Value = TypeVar("Value")


class Recent(Generic[Name, Value]):
    """At most `most` values, each for `seconds`. What was read is kept also if it was nothing."""

    def __init__(self, seconds: float, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._most = most
        self._clock = clock
        self._read: OrderedDict[Name, tuple[float, Value]] = OrderedDict()

    async def get(self, name: Name, read: Callable[[Name], Awaitable[Value]]) -> Value:
        at, value = self._read.get(name, (None, None))
        if at is not None and self._clock() - at < self._seconds:
            return value  # type: ignore[return-value]  # `at` says that there is one.
        fresh = await read(name)
        self._read[name] = (self._clock(), fresh)
        self._read.move_to_end(name)
        if len(self._read) > self._most:
            self._read.popitem(last=False)
        return fresh

    def forget(self, name: Name) -> None:
        self._read.pop(name, None)
