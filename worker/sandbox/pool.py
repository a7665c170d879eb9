"""The pool of decoder children, as the rest of the worker uses it: blocking, thread-safe calls."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from types import TracebackType
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from worker.imaging import MAX_PIXELS, ComposeOptions, PictureError
from worker.imaging.facts import Buffer
from worker.imaging.formats import format_named, peak_bytes, result_format
from worker.sandbox.machine_memory import MachineMemory, NotEnoughMemory
from worker.sandbox.memory import Memory
from worker.sandbox.pictures import ComposedPicture, DecodedPicture, composed_picture, decoded_picture
from worker.sandbox.process import CODES, Child, ChildSettings, decoder_error
from worker.sandbox.protocol import UNMEASURED_BYTES

Answer = TypeVar("Answer")

_BASE_BYTES = 1 << 30
_METADATA_BYTES = 64 << 20
_SOURCE_COPIES = 3


class DecoderPool:
    """`children` decoders. A call waits for an idle one; a child that dies or hangs fails only its current call.

    Raises PictureError for what is wrong with the picture, and with one of the codes in `process.CODES`. Raises
    RuntimeError if the pool is closed or a child cannot start, which is no picture's fault.
    """

    def __init__(
        self,
        children: int = 2,
        *,
        timeout_seconds: float = 60.0,
        max_pixels: int = MAX_PIXELS,
        memory_bytes: int | None = None,
        machine_memory: MachineMemory | None = None,
        side: int = 256,
        multiple: int = 32,
        child_module: str = "worker.sandbox.child",
    ) -> None:
        self.children = children
        self._timeout_seconds = timeout_seconds
        self._max_pixels = max_pixels
        self._machine_memory = machine_memory
        self._network_input = {"side": side, "multiple": multiple}
        self._settings = ChildSettings(
            module=child_module,
            memory_bytes=memory_bytes or _BASE_BYTES + peak_bytes(max_pixels),
            file_bytes=_METADATA_BYTES + 4 * max_pixels,
        )
        # A child dies with the thread that started it (PR_SET_PDEATHSIG), so one thread of the pool starts them all.
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="decoder-starter")
        self._changed = threading.Condition()
        self._closed = False
        self._busy = 0
        self._running: set[Child] = set()
        self._idle: list[Child | None] = [self._start() for _ in range(children)]

    def decode(self, source: Buffer) -> DecodedPicture:
        """Decode one source. The caller must close the result."""
        sealed, planes = Memory("source", [source]), Memory("planes")
        try:
            sealed.seal()
            request = {"operation": "decode", **self._network_input}
            with ExitStack() as memory:
                return self._call(
                    request,
                    [sealed, planes],
                    lambda reply: decoded_picture(reply, sealed, planes, self._max_pixels),
                    grant=lambda size: memory.enter_context(self._granted(size)),
                )
        except BaseException:
            sealed.close()
            planes.close()
            raise

    def compose(self, picture: DecodedPicture, chroma: NDArray[np.float32], options: ComposeOptions) -> ComposedPicture:
        """Compose one result from chroma [2, h, w] (Lab a and b), oriented like the network input."""
        if chroma.ndim != 3 or chroma.shape[0] != 2 or chroma.size == 0 or not np.isfinite(chroma).all():
            raise ValueError(f"chroma must be finite and of shape [2, h, w], not {chroma.shape}")
        request: dict[str, Any] = {
            "operation": "compose",
            "luma_shape": (picture.facts.height, picture.facts.width),
            "chroma_shape": chroma.shape,
            "options": asdict(options),
        }
        samples = np.ascontiguousarray(chroma, np.float32)
        with Memory("chroma", [samples.data]) as colors, Memory("result") as result:
            memories = [picture.source, picture.planes, colors, result]
            source_format = format_named(picture.facts.format)
            written_as = result_format(options.format, source_format)
            request["needed"] = peak_bytes(picture.facts.width * picture.facts.height, source_format, written_as)
            with self._granted(request["needed"]):
                return self._call(request, memories, lambda reply: composed_picture(reply, result, picture.facts))

    def close(self) -> None:
        """Kill every child and wait for it; calls in progress raise RuntimeError. Idempotent."""
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

    def _call(
        self,
        request: dict[str, Any],
        memories: list[Memory],
        validate: Callable[[dict[str, Any]], Answer],
        grant: Callable[[int], None] = lambda _: None,
    ) -> Answer:
        """The source, of which codecs make copies, is the first of `memories`."""
        descriptors = [memory.descriptor for memory in memories]
        known = _SOURCE_COPIES * memories[0].size + request.pop("needed", 0)
        with self._child() as child:
            request |= {"max_pixels": self._max_pixels, "memory_bytes": known + UNMEASURED_BYTES}
            return validate(child.call(request, descriptors, self._timeout_seconds, grant))

    @contextmanager
    def _granted(self, size: int) -> Iterator[None]:
        """That much of the memory of all decoders of the machine. Raises PictureError if there never is."""
        if self._machine_memory is None:
            yield
            return
        try:
            with self._machine_memory.granted(size, lambda: self._closed):
                yield
        except NotEnoughMemory:
            raise decoder_error("decoder_memory") from None

    @contextmanager
    def _child(self) -> Iterator[Child]:
        """An idle child, reserved for the block; replaced if the block fails for another reason than the picture."""
        with self._changed:
            self._changed.wait_for(lambda: self._idle or self._closed)
            self._check_open()
            child = self._idle.pop()
            self._busy += 1
        try:
            if child is not None and not child.is_alive:
                # It was killed while idle, so the next picture is not to blame.
                self._discard(child)
                child = None
            child = child or self._start()
            yield child
        except BaseException as error:
            is_about_picture = isinstance(error, PictureError) and error.code not in CODES
            if child is not None and not is_about_picture:
                self._discard(child)
                child = None
            self._check_open()
            raise
        finally:
            with self._changed:
                self._busy -= 1
                self._idle.append(child)
                self._changed.notify_all()

    def _start(self) -> Child:
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

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError("the decoder pool is closed")
