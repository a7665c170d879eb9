"""A few of many, evenly spread, in constant memory, however many there turn out to be."""

from typing import Generic, TypeVar

Element = TypeVar("Element")


class EvenSample(Generic[Element]):
    """Every n-th of what was added, n growing so that never more than twice `most` are held."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._stride = 1
        self._seen = 0
        self._held: list[Element] = []

    def add(self, element: Element) -> None:
        if self._seen % self._stride == 0:
            self._held.append(element)
            if len(self._held) > 2 * self._most:
                del self._held[1::2]
                self._stride *= 2
        self._seen += 1

    def taken(self) -> list[Element]:
        """At most `most`, in the order in which they came; all, if there were no more."""
        if len(self._held) <= self._most:
            return list(self._held)
        return [self._held[place * len(self._held) // self._most] for place in range(self._most)]
