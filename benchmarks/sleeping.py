"""A colorizer that sleeps as long as a device would compute. Every picture gets the same colors."""

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from worker.colorizer import ESTIMATE, Draw, Hint

# Set by the process that runs it: the time that a picture takes, and what is called with the number of those done.
SECONDS = 0.2
ON_DONE: list[Callable[[int], None]] = []


class Sleeping:
    takes_hints = False

    def __init__(self, checkpoint: Path, _device: str) -> None:
        self.name = checkpoint.stem
        self.sha256: str = json.loads(checkpoint.with_suffix(".json").read_bytes())["weights"]["sha256"]

    def chroma(
        self,
        lightness: NDArray[np.float32],
        *,
        vividness: float = 1.0,
        hints: Sequence[Sequence[Hint]] | None = None,
        draw: Draw = ESTIMATE,
    ) -> NDArray[np.float32]:
        count, _, height, width = lightness.shape
        time.sleep(SECONDS * count)
        for call in ON_DONE:
            call(count)
        return np.zeros((count, 2, height // 4, width // 4), np.float32)


load = Sleeping
