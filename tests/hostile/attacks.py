"""An attack: malicious bytes, and the outcome that docs/formats.md promises. Also, what several attacks share."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from tests.zoo.pictures import picture

Make = Callable[[], bytes]

MiB = 1024**2
GOOD = picture(7)
"""An intact picture for archives to hold beside their attack, which must not affect it."""


@cache
def zeros(size: int) -> bytes:
    """`size` MiB of zeros as raw deflate: one MiB, flushed completely so that it can be repeated."""
    deflater = zlib.compressobj(9, wbits=-15)
    once = deflater.compress(bytes(MiB)) + deflater.flush(zlib.Z_FULL_FLUSH)
    return once * size + deflater.flush()


@dataclass(frozen=True)
class Attack:
    """`answer`: `refused CODE` if the gateway refuses it, `job CODE` if the whole job fails, and each item's state and
    code. `make` is called only when the bytes are needed, because some are large.
    """

    make: Make
    answer: tuple[str, ...]

    def __str__(self) -> str:
        return self.make.__name__


class Attacks(list[Attack]):
    """A table of attacks. Each is a function that makes the bytes; its docstring names the source of the idea."""

    def answered(self, *answer: str) -> Callable[[Make], Make]:
        def add(make: Make) -> Make:
            self.append(Attack(make, answer))
            return make

        return add
