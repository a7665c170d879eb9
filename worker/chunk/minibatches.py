"""Decoded pictures that wait for others of their shape: a minibatch holds pictures of one shape only."""

from worker.chunk.stages import Decoded
from worker.models.inference import Colorizers


class Minibatches:
    """Groups pictures by shape. A group is due when it fills a minibatch, or when all of them hold too much memory."""

    def __init__(self, colorizers: Colorizers, idle_bytes: int) -> None:
        self._colorizers = colorizers
        self._idle_bytes = idle_bytes
        self._groups: dict[tuple[int, ...], list[Decoded]] = {}

    def add(self, decoded: Decoded) -> None:
        self._groups.setdefault(decoded.picture.network_input.shape, []).append(decoded)

    def pop_due(self) -> list[Decoded]:
        """The largest group if it is due, otherwise an empty list."""
        shape = max(self._groups, key=lambda shape: len(self._groups[shape]), default=None)
        if shape is None:
            return []
        # Read each time: it shrinks when the device runs out of memory.
        is_full = len(self._groups[shape]) >= self._colorizers.minibatch
        return self._groups.pop(shape) if is_full or self._held_bytes() > self._idle_bytes else []

    def pop_rest(self) -> list[list[Decoded]]:
        groups = list(self._groups.values())
        self._groups.clear()
        return groups

    def _held_bytes(self) -> int:
        return sum(decoded.work.reservation.size for group in self._groups.values() for decoded in group)
