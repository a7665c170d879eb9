"""A set of 64-bit hashes in one array: a fraction of the memory of a `set[int]`. Values cannot be removed."""

from array import array

_SMALLEST = 1024


class HashSet:
    """Open addressing with linear probing, at most half full. Zero marks a free slot, so the value 0 is stored as 1."""

    def __init__(self) -> None:
        self._slots = array("Q", [0]) * _SMALLEST
        self._used = 0

    def __len__(self) -> int:
        return self._used

    def add(self, value: int) -> bool:
        """True if the value is new. `value` must be in 0 .. 2**64 - 1 and well mixed."""
        slot = self._find(value or 1)
        if self._slots[slot]:
            return False
        self._slots[slot] = value or 1
        self._used += 1
        if 2 * self._used > len(self._slots):
            self._double()
        return True

    def _find(self, value: int) -> int:
        slots = self._slots
        mask = len(slots) - 1
        slot = value & mask
        while slots[slot] and slots[slot] != value:
            slot = (slot + 1) & mask
        return slot

    def _double(self) -> None:
        old = self._slots
        self._slots = array("Q", [0]) * (2 * len(old))
        for value in old:
            if value:
                self._slots[self._find(value)] = value
