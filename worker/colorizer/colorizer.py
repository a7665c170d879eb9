"""The colorizer: a loaded checkpoint that turns lightness into chroma."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from worker.colorizer.calibration import MAX_VIVIDNESS, calibrated_mix
from worker.colorizer.checkpoint import Checkpoint, load_checkpoint
from worker.colorizer.color import AB_LIMIT
from worker.colorizer.draws import DRAWN_GAIN, ESTIMATE, LEAST_SHARE, Draw, perturbed
from worker.colorizer.hints import Hint, hint_map
from worker.colorizer.network import OUTPUT_STRIDE, STRIDE

Module = TypeVar("Module", bound=nn.Module)

EXAGGERATIONS = 2


class Colorizer:
    """A picture's chroma depends on its lightness and hints alone, to the byte, whatever else is in its minibatch."""

    def __init__(self, checkpoint: Checkpoint, device: torch.device) -> None:
        self._device = device
        self._info = checkpoint.info
        generator = _fold_norms(checkpoint.generator).requires_grad_(False)
        self._generator = generator.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.name = checkpoint.info.name
        self.sha256 = checkpoint.sha256
        self.input_size = checkpoint.info.input_size
        self.multiple = STRIDE
        self.takes_hints = checkpoint.info.generator.hints

    @classmethod
    def load(cls, path: Path | str, device: str = "cpu") -> "Colorizer":
        """Read `NAME.safetensors` and `NAME.json`. Raises CheckpointError if they are damaged or do not match."""
        return cls(load_checkpoint(Path(path)), torch.device(device))

    def chroma(
        self,
        lightness: NDArray[np.float32],
        *,
        vividness: float = 1.0,
        hints: Sequence[Sequence[Hint]] | None = None,
        draw: Draw = ESTIMATE,
    ) -> NDArray[np.float32]:
        """[N, 1, H, W] lightness in 0..100 to [N, 2, H/4, W/4] a and b in Lab units, within ±110.

        H and W are multiples of `multiple`; the colorizer was trained on areas of `input_size` squared.
        `vividness` runs from 0 (the cautious mean) through 1 (nearly as colorful as photographs) to 1.5.
        `hints` are N sequences, one per picture, of the colors of some points of it at this vividness. They cost
        two further passes. A picture without hints gets the same bytes as without the argument.
        `draw` selects a plausible coloring other than the best estimate.
        On the CPU pictures are processed one by one, so a minibatch need not be padded. On other devices results are
        the same to the byte for minibatches of the same shape. Raises ValueError for any other input, and for hints if
        the checkpoint does not support them.
        """
        _check(lightness, vividness)
        hints = [()] * len(lightness) if hints is None else hints
        self._check_hints(hints, len(lightness))
        # A CPU gains nothing from a minibatch, and its matrix kernels round differently depending on its size.
        size = 1 if self._device.type == "cpu" else len(lightness)
        with torch.inference_mode():
            tensor = torch.from_numpy(np.ascontiguousarray(lightness))
            parts = [
                self._colors(tensor[start : start + size], hints[start : start + size], vividness, draw)
                for start in range(0, len(tensor), size)
            ]
            return torch.cat(parts).numpy()

    def _colors(self, lightness: Tensor, hints: Sequence[Sequence[Hint]], vividness: float, draw: Draw) -> Tensor:
        ab = self._forward(lightness, hints, vividness, draw)
        given = hints
        # The generator goes most of the way to a hint's color. Further passes with exaggerated hints come nearer.
        for _ in range(EXAGGERATIONS if any(hints) else 0):
            given = [
                [_exaggerated(*pair, reached) for pair in zip(picture_hints, picture_given, strict=True)]
                for picture_hints, picture_given, reached in zip(hints, given, ab.numpy(), strict=True)
            ]
            ab = self._forward(lightness, given, vividness, draw)
        return ab

    def _forward(self, lightness: Tensor, hints: Sequence[Sequence[Hint]], vividness: float, draw: Draw) -> Tensor:
        """One pass. Hints are colors after the gain, so the generator gets them divided by it."""
        calibration = self._info.calibration
        gain, share = calibration.gain_at(vividness), calibration.share_at(vividness)
        if not draw.is_estimate:
            gain, share = gain * DRAWN_GAIN, max(share, LEAST_SHARE)
        hint_maps = self._hint_maps(hints, gain, lightness.shape) if any(hints) else None
        lightness = lightness.to(self._device).contiguous(memory_format=torch.channels_last)
        logits, cautious = self._generator(lightness, hint_maps)
        bins = self._generator.bins
        logits = perturbed(logits, bins, lightness, cautious, draw)
        temperature = calibration.temperature
        return calibrated_mix(logits, cautious, bins, temperature=temperature, share=share, gain=gain).cpu()

    def _hint_maps(self, hints: Sequence[Sequence[Hint]], gain: float, shape: Sequence[int]) -> Tensor:
        height, width = (length // OUTPUT_STRIDE for length in shape[2:])
        maps = [
            hint_map([replace(hint, a=hint.a / gain, b=hint.b / gain) for hint in picture_hints], height, width)
            for picture_hints in hints
        ]
        return torch.from_numpy(np.stack(maps)).to(self._device)

    def _check_hints(self, hints: Sequence[Sequence[Hint]], pictures: int) -> None:
        if len(hints) != pictures:
            raise ValueError(f"Give hints for each of the {pictures} pictures, not for {len(hints)}.")
        if any(hints) and not self.takes_hints:
            raise ValueError(f"The colorizer {self.name!r} does not support hints.")
        for hint in chain.from_iterable(hints):
            if not (0 <= hint.x <= 1 and 0 <= hint.y <= 1 and abs(hint.a) <= AB_LIMIT and abs(hint.b) <= AB_LIMIT):
                raise ValueError(f"A hint needs x and y in 0..1, and a and b within ±{AB_LIMIT:.0f}: {hint}.")


def _check(lightness: NDArray[np.float32], vividness: float) -> None:
    if lightness.dtype != np.float32 or lightness.ndim != 4 or lightness.shape[1] != 1 or not lightness.size:
        raise ValueError(f"Lightness must be float32 [N, 1, H, W], not {lightness.dtype} {lightness.shape}.")
    if lightness.shape[2] % STRIDE or lightness.shape[3] % STRIDE:
        raise ValueError(f"Height and width must be multiples of {STRIDE}, not {lightness.shape[2:]}.")
    if not 0 <= vividness <= MAX_VIVIDNESS:
        raise ValueError(f"The vividness must lie in 0..{MAX_VIVIDNESS}, not {vividness}.")


def _exaggerated(hint: Hint, given: Hint, reached: NDArray[np.float32]) -> Hint:
    """What was given for the hint, changed by as much as its color was missed: `reached` is ab, [2, h, w]."""
    row, column = hint.cell(*reached.shape[1:])
    missing = np.array([hint.a, hint.b]) - reached[:, row, column]
    a, b = np.clip(np.array([given.a, given.b]) + missing, -AB_LIMIT, AB_LIMIT)
    return replace(hint, a=float(a), b=float(b))


def _fold_norms(module: Module) -> Module:
    """Fold each batch norm into the convolution before it: the same function with a third fewer operations."""
    for child in module.children():
        _fold_norms(child)
    if isinstance(module, nn.Sequential):
        for number, (first, second) in enumerate(zip(module, list(module)[1:], strict=False)):
            if isinstance(first, nn.Conv2d) and isinstance(second, nn.BatchNorm2d):
                module[number] = fuse_conv_bn_eval(first, second)
                module[number + 1] = nn.Identity()
    return module
