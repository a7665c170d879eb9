"""An evenly spread sample of a sequence of unknown length, in constant memory."""

from typing import Generic, TypeVar

Element = TypeVar("Element")


class EvenSample(Generic[Element]):
    """Holds every n-th element. n grows, so that it never holds more than twice `limit` elements."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._stride = 1
        self._added = 0
        self._held: list[Element] = []

    def add(self, element: Element) -> None:
        if self._added % self._stride == 0:
            self._held.append(element)
            if len(self._held) > 2 * self._limit:
                del self._held[1::2]
                self._stride *= 2
        self._added += 1

    def chosen(self) -> list[Element]:
        """At most `limit` elements, in order; all of them if there were no more."""
        if len(self._held) <= self._limit:
            return list(self._held)
        return [self._held[place * len(self._held) // self._limit] for place in range(self._limit)]
