"""Inference: the loaded colorizers by name, and minibatches through them, one forward pass at a time."""

import importlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import structlog
import torch
from numpy.typing import NDArray

from shared.metrics.worker import FORWARD_SECONDS, MINIBATCH_PICTURES, OUT_OF_MEMORY
from worker.colorizer import ESTIMATE, CheckpointError, Draw, Hint, lightness_from_luma
from worker.models.devices import CPU, choose_device, is_gpu, note_fallback
from worker.models.registry import ModelRefused, ModelRegistry, ModelReplaced

log = structlog.get_logger()

FloatArray = NDArray[np.float32]

# More would only make pictures wait for each other: on a CPU the colorizer takes them one by one.
MINIBATCH_ON_CPU = 1
MINIBATCH_ON_GPU = 32


@dataclass(frozen=True)
class InferenceRequest:
    """What a colorizer predicts for each picture: one coloring, with one model's weights."""

    model: str
    # Of the model's weights; None: whatever it has now.
    sha256: str | None = None
    vividness: float = 1.0
    hints: tuple[Hint, ...] = ()
    draw: Draw = ESTIMATE


class Colorizer(Protocol):
    """The part of `worker.colorizer.Colorizer` that a worker uses. Tests replace it with misbehaving ones."""

    name: str
    sha256: str
    takes_hints: bool

    def chroma(
        self,
        lightness: FloatArray,
        *,
        vividness: float = 1.0,
        hints: Sequence[Sequence[Hint]] | None = None,
        draw: Draw = ESTIMATE,
    ) -> FloatArray: ...


Load = Callable[[Path, str], Colorizer]


def load_by_reference(reference: str) -> Load:
    """The callable that `module:callable` names; `callable` may be dotted (`Class.method`)."""
    module, _, path = reference.partition(":")
    load: Any = importlib.import_module(module)
    for name in path.split("."):
        load = getattr(load, name)
    return load  # type: ignore[no-any-return]


class Colorizers:
    """The colorizers of this process, all on one device, each loaded at its first use. Thread-safe.

    When the device runs out of memory the minibatch is halved, and in the end the CPU takes over: slow is better than
    dead.
    """

    def __init__(self, registry: ModelRegistry, load: Load, device: str = "auto", minibatch: int | None = None) -> None:
        self._registry = registry
        self._load = load
        # By name and SHA-256. A model that was replaced is loaded at its first use, beside its successor.
        self._loaded: dict[tuple[str, str], Colorizer] = {}
        # The SHA-256 of each model as it was first loaded by name.
        self._current: dict[str, str] = {}
        self._lock = threading.RLock()
        self.device = choose_device(device)
        self.minibatch = minibatch or (MINIBATCH_ON_GPU if is_gpu(self.device) else MINIBATCH_ON_CPU)
        # The same picture must get the same bytes, so kernels must not be chosen by how fast they ran last time.
        torch.backends.cudnn.benchmark = False
        torch.backends.cudnn.deterministic = True

    def get(self, name: str, sha256: str | None = None) -> Colorizer:
        """The colorizer of that name, with these weights. Blocks while it is loaded, or while another thread runs
        inference.

        Raises what `ModelRegistry.find` and `find_weights` do, and ModelRefused if the checkpoint is damaged.
        """
        with self._lock:
            needed = sha256 or self._current.get(name)
            if needed and (name, needed) in self._loaded:
                return self._loaded[name, needed]
            colorizer = self._load_named(name) if sha256 is None else self._load_weights(name, sha256)
            self._loaded[name, colorizer.sha256] = colorizer
            log.info(
                "colorizer.loaded",
                name=name,
                sha256=colorizer.sha256[:12],
                device=self.device,
                minibatch=self.minibatch,
            )
            return colorizer

    def _load_named(self, name: str) -> Colorizer:
        try:
            colorizer = self._load(self._registry.find(name), self.device)
        except CheckpointError as error:
            raise ModelRefused(f"{error}.") from error
        self._current[name] = colorizer.sha256
        return colorizer

    def _load_weights(self, name: str, sha256: str) -> Colorizer:
        """Raises ModelReplaced also for weights that are damaged: no other worker is stopped by those of one job."""
        try:
            colorizer = self._load(self._registry.find_weights(name, sha256), self.device)
        except CheckpointError as error:
            raise ModelReplaced(f"{error}.") from error
        if colorizer.sha256 != sha256:  # They were replaced between looking at the card and loading.
            raise ModelReplaced(f"The weights {sha256} of {name!r} were replaced while they were loaded.")
        return colorizer

    def load_all(self) -> None:
        """Load every registered model. Raises what `get` does: a worker without one of them must not start, because it
        would fail pictures that other workers could have colorized.
        """
        for name in self._registry.names():
            self.get(name)

    def infer(self, request: InferenceRequest, planes: Sequence[NDArray[np.uint8]]) -> list[FloatArray]:
        """Chroma [2, h, w] for each luma plane [H, W]; the planes all have one shape. Blocks."""
        with self._lock:
            while True:
                try:
                    colorizer, size = self.get(request.model, request.sha256), self.minibatch
                    groups = [planes[start : start + size] for start in range(0, len(planes), size)]
                    return [chroma for group in groups for chroma in self._forward(colorizer, request, group)]
                except torch.OutOfMemoryError:
                    pass  # Memory is freed outside of this block: the error's traceback keeps the tensors alive.
                self._reduce_memory()

    def _forward(
        self, colorizer: Colorizer, request: InferenceRequest, planes: Sequence[NDArray[np.uint8]]
    ) -> list[FloatArray]:
        """On a GPU a minibatch is padded to its full size: there kernels are chosen by shape, and a picture must get
        the same bytes whatever its neighbors are. On a CPU the colorizer takes pictures one by one.
        """
        size = len(planes) if self.device == CPU else self.minibatch
        minibatch = np.zeros((size, 1, *planes[0].shape), dtype=np.float32)
        for place, plane in enumerate(planes):
            minibatch[place, 0] = lightness_from_luma(plane)
        hinted = {"hints": [list(request.hints)] * size} if request.hints else {}
        with FORWARD_SECONDS.labels(request.model).time():
            chroma = colorizer.chroma(minibatch, vividness=request.vividness, draw=request.draw, **hinted)
        MINIBATCH_PICTURES.labels(request.model).observe(len(planes))
        return list(chroma[: len(planes)])

    def _reduce_memory(self) -> None:
        OUT_OF_MEMORY.labels(self.device).inc()
        if self.minibatch > 1:
            self.minibatch //= 2
        elif self.device != CPU:
            self._loaded.clear()
            torch.cuda.empty_cache()
            note_fallback(self.device, "A single picture does not fit into its memory.")
            self.device, self.minibatch = CPU, MINIBATCH_ON_CPU
        else:
            raise MemoryError("A single picture does not fit into the main memory.")
        log.warning("device.out_of_memory", now_on=self.device, minibatch=self.minibatch)
