"""What an attack is: bytes, and the answer that docs/formats.md promises for them. And what several are made of."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from tests.zoo.pictures import picture

Make = Callable[[], bytes]

MiB = 1024**2
GOOD = picture(7)
"""What archives hold beside their attack: what is wrong with the others is not its fault."""


@cache
def zeros(size: int) -> bytes:
    """Raw deflate of so many MiB of zeros: one MiB, flushed so that it can be said again and again."""
    deflater = zlib.compressobj(9, wbits=-15)
    once = deflater.compress(bytes(MiB)) + deflater.flush(zlib.Z_FULL_FLUSH)
    return once * size + deflater.flush()


@dataclass(frozen=True)
class Attack:
    """`answer`: `refused CODE` by the gateway; `job CODE` if the job failed as a whole; each item's state and code.

    Nothing is made before it is needed: some are large.
    """

    make: Make
    answer: tuple[str, ...]

    def __str__(self) -> str:
        return self.make.__name__


class Attacks(list[Attack]):
    """A table of attacks: each a function that makes it, with an answer; its docstring says whose idea it is."""

    def answered(self, *answer: str) -> Callable[[Make], Make]:
        def add(make: Make) -> Make:
            self.append(Attack(make, answer))
            return make

        return add
