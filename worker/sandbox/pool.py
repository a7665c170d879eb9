"""The parent's side: blocking calls, safe from many threads, each served by one child at a time."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from types import TracebackType
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from worker.imaging import MAX_PIXELS, ComposeOptions, PictureError
from worker.imaging.facts import Buffer
from worker.sandbox.memory import Memory
from worker.sandbox.pictures import ComposedPicture, DecodedPicture, composed_picture, decoded_picture
from worker.sandbox.process import CODES, Child, ChildSettings

Answer = TypeVar("Answer")

_BASE_BYTES = 1 << 30
_METADATA_BYTES = 64 << 20
_BYTES_PER_PIXEL = 16
"""Of address space: the most that decoding and composing hold at once, for sources with alpha."""


class DecoderPool:
    """`children` decoders. A call waits for a free one; a child that dies or stalls fails that call alone.

    Errors are PictureError: those of the picture, and `decoder_crashed`, `decoder_timeout`, `decoder_memory`.
    RuntimeError: the pool is closed, or a child cannot even start, which is no picture's fault.
    """

    def __init__(
        self,
        children: int = 2,
        *,
        timeout_seconds: float = 60.0,
        max_pixels: int = MAX_PIXELS,
        memory_bytes: int | None = None,
        side: int = 256,
        multiple: int = 32,
        child_module: str = "worker.sandbox.child",
    ) -> None:
        self.children = children
        self._timeout_seconds = timeout_seconds
        self._max_pixels = max_pixels
        self._sight = {"side": side, "multiple": multiple}
        self._settings = ChildSettings(
            module=child_module,
            memory_bytes=memory_bytes or _BASE_BYTES + _BYTES_PER_PIXEL * max_pixels,
            file_bytes=_METADATA_BYTES + 4 * max_pixels,
        )
        # A child dies with the thread that started it (PR_SET_PDEATHSIG), so one thread of ours starts them all.
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="decoder-starter")
        self._changed = threading.Condition()
        self._closed = False
        self._busy = 0
        self._running: set[Child] = set()
        self._idle: list[Child | None] = [self._started() for _ in range(children)]

    def decode(self, source: Buffer) -> DecodedPicture:
        """Decode one source. The caller closes what it gets."""
        held, planes = Memory("source", [source]), Memory("planes")
        try:
            held.seal()
            request = {"operation": "decode", **self._sight}
            return self._ask(
                request, [held, planes], lambda reply: decoded_picture(reply, held, planes, self._max_pixels)
            )
        except BaseException:
            held.close()
            planes.close()
            raise

    def compose(self, picture: DecodedPicture, chroma: NDArray[np.float32], options: ComposeOptions) -> ComposedPicture:
        """Compose one result from chroma [2, h, w] (Lab a and b) in the orientation of the network input."""
        if chroma.ndim != 3 or chroma.shape[0] != 2 or chroma.size == 0 or not np.isfinite(chroma).all():
            raise ValueError(f"chroma must be finite and of shape [2, h, w], not {chroma.shape}")
        request = {
            "operation": "compose",
            "luma_shape": (picture.facts.height, picture.facts.width),
            "chroma_shape": chroma.shape,
            "options": asdict(options),
        }
        samples = np.ascontiguousarray(chroma, np.float32)
        with Memory("chroma", [samples.data]) as held, Memory("result") as result:
            memories = [picture.source, picture.planes, held, result]
            return self._ask(request, memories, lambda reply: composed_picture(reply, result, picture.facts))

    def close(self) -> None:
        """Kill every child and wait for it; calls under way raise RuntimeError. Idempotent."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            for child in self._running:
                child.stop()
            self._changed.wait_for(lambda: self._busy == 0)
            running, self._running = self._running, set()
        for child in running:
            child.kill()
        self._starter.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(
        self, request: dict[str, Any], memories: list[Memory], accepted: Callable[[dict[str, Any]], Answer]
    ) -> Answer:
        descriptors = [memory.descriptor for memory in memories]
        with self._child() as child:
            request = {**request, "max_pixels": self._max_pixels}
            return accepted(child.ask(request, descriptors, self._timeout_seconds))

    @contextmanager
    def _child(self) -> Iterator[Child]:
        """A child of one's own for the time of the block; replaced if the block shows that it cannot go on."""
        with self._changed:
            self._changed.wait_for(lambda: self._idle or self._closed)
            self._refuse_if_closed()
            child = self._idle.pop()
            self._busy += 1
        try:
            if child is not None and not child.is_alive:
                # It was killed while it waited: not by the picture that is to come.
                self._discard(child)
                child = None
            child = child or self._started()
            yield child
        except BaseException as error:
            is_pictures_own = isinstance(error, PictureError) and error.code not in CODES
            if child is not None and not is_pictures_own:
                self._discard(child)
                child = None
            self._refuse_if_closed()
            raise
        finally:
            with self._changed:
                self._busy -= 1
                self._idle.append(child)
                self._changed.notify_all()

    def _started(self) -> Child:
        child = self._starter.submit(Child, self._settings).result()
        with self._changed:
            self._running.add(child)
            if self._closed:
                child.stop()
        return child

    def _discard(self, child: Child) -> None:
        with self._changed:
            self._running.discard(child)
        child.kill()

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise RuntimeError("the decoder pool is closed")
