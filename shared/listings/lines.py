"""Splitting a stream of bytes into lines, in the memory of one chunk and one line."""

from collections.abc import AsyncGenerator, AsyncIterable


class LineTooLong(Exception):
    """`number` counts from 1."""

    def __init__(self, number: int) -> None:
        super().__init__(f"Line {number} is too long.")
        self.number = number


async def split_lines(chunks: AsyncIterable[bytes], longest: int) -> AsyncGenerator[bytes, None]:
    """The lines, each with its `\\n`; the last may have none. Raises LineTooLong if one exceeds `longest` bytes."""
    rest, number = b"", 0
    async for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            number += 1
            if len(line) >= longest:
                raise LineTooLong(number)
            yield line + b"\n"
        if len(rest) > longest:
            raise LineTooLong(number + 1)
    if rest:
        yield rest
