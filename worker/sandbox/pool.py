"""The parent's side: blocking calls, safe from many threads, each served by one child at a time."""

from dataclasses import dataclass
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from worker.imaging import ComposeOptions, Facts, Limits
from worker.imaging.facts import Buffer


class DecodedPicture:
    """A decoded source: its pixels stay in shared memory owned by this process until `close()` (or `with`).

    `network_input` is uint8 [h, w], upright; `facts` are the source's.
    """

    facts: Facts
    network_input: NDArray[np.uint8]

    def close(self) -> None:
        """Give the memory back. Idempotent."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class ComposedPicture:
    """A finished result and what a record of it needs."""

    data: bytes
    width: int
    height: int
    media_type: str


class DecoderPool:
    """`children` decoders. A call waits for a free one; a child that dies or stalls fails that call alone.

    Errors are PictureError: those of the picture, and `decoder_crashed`, `decoder_timeout`, `decoder_memory`.
    RuntimeError: the pool is closed, or a child cannot even start (that is not a picture's fault).
    """

    def __init__(
        self,
        children: int = 2,
        *,
        timeout_seconds: float = 60.0,
        limits: Limits = Limits(),
        memory_bytes: int | None = None,
        side: int = 256,
        multiple: int = 32,
    ) -> None:
        raise NotImplementedError

    def decode(self, source: Buffer) -> DecodedPicture:
        """Decode one source. Blocking, thread-safe."""
        raise NotImplementedError

    def compose(
        self, picture: DecodedPicture, chroma: NDArray[np.float32], options: ComposeOptions
    ) -> ComposedPicture:
        """Compose one result from chroma float32 [2, h, w] in network orientation. Blocking, thread-safe."""
        raise NotImplementedError

    def close(self) -> None:
        """Kill every child and wait for it. Calls under way raise RuntimeError. Idempotent."""
        raise NotImplementedError
