"""Validation: scores of a generator on held-out photographs, closer to what people see than its loss.

Both ends of vividness are scored: `cautious` (the ab head) and `vivid` (the recipe's mix), at 256 × 256 as in
`training evaluate`, on fewer pictures and without its table.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from training.data.crops import Minibatch, whole_pictures
from training.data.photographs import Photograph
from training.networks.squeezenet import Features, SqueezeNet
from training.scores import metrics
from training.scores.contact_sheet import compose
from training.scores.frechet import frechet_distance
from training.scores.lpips import LPIPS
from worker.colorizer.calibration import Calibration, calibrated_mix
from worker.colorizer.network import Generator

SIZE = 256
SHEET_PICTURES = 24
SHEET_CAPTIONS = ("gray", "cautious", "vivid", "truth")
FEW = 32
"""With fewer photographs, chance mostly decides which weights are the best."""
_AT_ONCE = 8

RGB = NDArray[np.uint8]
Scores = dict[str, float]


@dataclass
class Judges:
    """Networks that score. Without one, its scores are left out."""

    lpips: LPIPS | None = None
    squeezenet: SqueezeNet | None = None


@dataclass
class Validator:
    """The validation photographs, squeezed to 256 × 256 once, and the scores of gray pictures on them."""

    photographs: Sequence[Photograph]
    calibration: Calibration
    judges: Judges
    device: torch.device
    bf16: bool = False
    _minibatches: list[Minibatch] = field(init=False)
    _originals: list[RGB] = field(init=False)
    _described: list[Features] = field(init=False)
    _gray_frechet: float = field(init=False, default=1.0)
    gray: Scores = field(init=False)

    def __post_init__(self) -> None:
        groups = [self.photographs[start : start + _AT_ONCE] for start in range(0, len(self.photographs), _AT_ONCE)]
        self._minibatches = [whole_pictures(group, SIZE) for group in groups]
        self._originals = [
            compose(lightness.numpy(), ab.numpy())
            for minibatch in self._minibatches
            for lightness, ab in zip(minibatch.lightness, minibatch.ab, strict=True)
        ]
        self._described = self._describe(self._originals)
        colorless = [np.zeros((2, 1, 1), dtype=np.float32)] * len(self._originals)
        self.gray = self._scores(self._composed(colorless))
        if "frechet" in self.gray:  # Distances are relative to that of gray.
            self._gray_frechet, self.gray["frechet"] = self.gray["frechet"], 1.0

    def score(self, generator: Generator) -> tuple[Scores, list[list[RGB]]]:
        """All scores, and rows for a contact sheet with the columns `SHEET_CAPTIONS`."""
        heads = [self._predict(generator, minibatch) for minibatch in self._minibatches]
        cautious = self._composed([ab for pair in heads for ab in pair[0]])
        vivid = self._composed([ab for pair in heads for ab in pair[1]])
        rated = {"cautious": self._scores(cautious), "vivid": self._scores(vivid)}
        scores = {f"{row} {name}": value for row, known in rated.items() for name, value in known.items()}
        sources = self._composed([np.zeros((2, 1, 1), dtype=np.float32)] * min(SHEET_PICTURES, len(cautious)))
        rows = zip(sources, cautious, vivid, self._originals, strict=False)
        return scores, [list(row) for row in rows]

    @torch.inference_mode()
    def _predict(self, generator: Generator, minibatch: Minibatch) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        lightness = minibatch.lightness.to(self.device).contiguous(memory_format=torch.channels_last)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
            logits, ab = generator(lightness)
        mixed = vivid_mix(logits.float(), ab.float(), generator.bins, self.calibration)
        return ab.float().cpu().numpy(), mixed.cpu().numpy()

    def _composed(self, chroma: Sequence[NDArray[np.float32]]) -> list[RGB]:
        planes = (plane.numpy() for minibatch in self._minibatches for plane in minibatch.lightness)
        return [compose(lightness, ab) for lightness, ab in zip(planes, chroma, strict=False)]

    def _scores(self, pictures: Sequence[RGB]) -> Scores:
        pairs = list(zip(pictures, self._originals, strict=True))
        colorful = sum(metrics.colorfulness(original) for original in self._originals)
        scores = {
            "psnr": float(np.mean([metrics.psnr(*pair) for pair in pairs])),
            "ciede2000": float(np.mean([metrics.mean_ciede2000(*pair) for pair in pairs])),
            "colorfulness": sum(metrics.colorfulness(picture) for picture in pictures) / max(colorful, 1e-6),
        }
        if self.judges.lpips:
            scores["lpips"] = float(np.mean([self.judges.lpips.between(*pair) for pair in pairs]))
        if self.judges.squeezenet:
            distance = frechet_distance(self._describe(pictures), self._described)
            scores["frechet"] = distance / self._gray_frechet
        return scores

    def _describe(self, pictures: Sequence[RGB]) -> list[Features]:
        return [self.judges.squeezenet.describe(picture) for picture in pictures] if self.judges.squeezenet else []


def vivid_mix(logits: torch.Tensor, ab: torch.Tensor, bins: torch.Tensor, calibration: Calibration) -> torch.Tensor:
    """The mix of the two heads at vividness 1, [N, 2, h, w] in Lab units, as in the colorizer."""
    temperature, share, gain = calibration.temperature, calibration.share_at(1.0), calibration.gain_at(1.0)
    return calibrated_mix(logits, ab, bins, temperature=temperature, share=share, gain=gain)
