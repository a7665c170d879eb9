"""The colorizer: a checkpoint, loaded once, that turns lightness into chroma. No files after loading, no pictures."""

from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from worker.colorizer.bins import annealed_mean
from worker.colorizer.checkpoint import Checkpoint, load_checkpoint
from worker.colorizer.color import AB_LIMIT
from worker.colorizer.network import STRIDE

MAX_VIVIDNESS = 1.5

Module = TypeVar("Module", bound=nn.Module)


class Colorizer:
    """A picture's chroma depends on its own lightness alone, to the byte, whatever shares its minibatch."""

    def __init__(self, checkpoint: Checkpoint, device: torch.device) -> None:
        self._device = device
        self._info = checkpoint.info
        generator = _fold_norms(checkpoint.generator).requires_grad_(False)
        self._generator = generator.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.name = checkpoint.info.name
        self.sha256 = checkpoint.sha256
        self.input_size = checkpoint.info.input_size
        self.multiple = STRIDE

    @classmethod
    def load(cls, path: Path | str, device: str = "cpu") -> "Colorizer":
        """Read `NAME.safetensors` and `NAME.json`. Raises CheckpointError if they are not a sound pair."""
        return cls(load_checkpoint(Path(path)), torch.device(device))

    def chroma(self, lightness: NDArray[np.float32], *, vividness: float = 1.0) -> NDArray[np.float32]:
        """[N, 1, H, W] lightness in 0..100 to [N, 2, H/4, W/4] a and b in Lab units, within ±110.

        H and W are multiples of `multiple`; the area the colorizer was trained for is `input_size` squared.
        `vividness` runs from 0 (the cautious mean) over 1 (nearly as colorful as photographs are) to 1.5.
        On the CPU pictures go through one by one, so a minibatch need not be padded; on other devices results
        are the same to the byte for minibatches of the same shape. Raises ValueError for any other input.
        """
        _check(lightness, vividness)
        with torch.inference_mode():
            tensor = torch.from_numpy(np.ascontiguousarray(lightness))
            # A CPU gains nothing from a minibatch, and its matrix kernels round differently with its size.
            size = 1 if self._device.type == "cpu" else len(tensor)
            parts = [self._colors(part.to(self._device), vividness).cpu() for part in torch.split(tensor, size)]
            return torch.cat(parts).numpy()

    def _colors(self, lightness: Tensor, vividness: float) -> Tensor:
        logits, cautious = self._generator(lightness.contiguous(memory_format=torch.channels_last))
        calibration = self._info.calibration
        least = calibration.least_share
        share = min(1.0, least + vividness * (calibration.share - least))
        ab: Tensor = cautious
        if share > 0:
            vivid = annealed_mean(logits, self._generator.bins, calibration.temperature)
            ab = torch.lerp(cautious, vivid, share)
        gain = 1 + vividness * (calibration.gain - 1)
        return (ab * gain).clamp(-AB_LIMIT, AB_LIMIT)


def _check(lightness: NDArray[np.float32], vividness: float) -> None:
    if lightness.dtype != np.float32 or lightness.ndim != 4 or lightness.shape[1] != 1 or not lightness.size:
        raise ValueError(f"lightness must be float32 [N, 1, H, W], not {lightness.dtype} {lightness.shape}")
    if lightness.shape[2] % STRIDE or lightness.shape[3] % STRIDE:
        raise ValueError(f"height and width must be multiples of {STRIDE}, not {lightness.shape[2:]}")
    if not 0 <= vividness <= MAX_VIVIDNESS:
        raise ValueError(f"vividness must lie in 0..{MAX_VIVIDNESS}, not {vividness}")


def _fold_norms(module: Module) -> Module:
    """Fold each batch norm into the convolution before it: the same function with a third fewer passes."""
    for child in module.children():
        _fold_norms(child)
    if isinstance(module, nn.Sequential):
        for number, (first, second) in enumerate(zip(module, list(module)[1:], strict=False)):
            if isinstance(first, nn.Conv2d) and isinstance(second, nn.BatchNorm2d):
                module[number] = fuse_conv_bn_eval(first, second)
                module[number + 1] = nn.Identity()
    return module
