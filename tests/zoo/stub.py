"""A colorizer whose colors follow from lightness alone, at once; the others of the zoo misbehave on top of it."""

from pathlib import Path

import numpy as np


class Stub:
    def __init__(self, checkpoint: Path, device: str) -> None:
        self.name, self.sha256, self.device, self.takes_hints = checkpoint.stem, "5" * 64, device, False
        self.minibatches: list[int] = []

    def chroma(self, lightness, *, vividness=1.0):
        self.minibatches.append(len(lightness))
        small = lightness[:, :, ::4, ::4]
        return np.concatenate([0.4 * small, 30 - 0.6 * small], axis=1).astype(np.float32) * vividness


load = Stub
