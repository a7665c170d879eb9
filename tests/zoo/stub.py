"""A fast colorizer whose colors follow from the lightness and the draw. The zoo's other colorizers extend it with a
misbehavior each.
"""

import json
from pathlib import Path

import numpy as np

from worker.colorizer import ESTIMATE


class Stub:
    def __init__(self, checkpoint: Path, device: str) -> None:
        self.name, self.device, self.takes_hints = checkpoint.stem, device, False
        card = checkpoint.with_suffix(".json")
        self.sha256 = json.loads(card.read_bytes())["weights"]["sha256"] if card.exists() else "5" * 64
        self.minibatches: list[int] = []

    def chroma(self, lightness, *, vividness=1.0, draw=ESTIMATE):
        self.minibatches.append(len(lightness))
        small = lightness[:, :, ::4, ::4]
        drawn = 0 if draw.is_estimate else 8 * draw.variant + draw.seed % 8
        return np.concatenate([0.4 * small - drawn, 30 - 0.6 * small], axis=1).astype(np.float32) * vividness


load = Stub
