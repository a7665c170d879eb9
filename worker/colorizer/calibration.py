"""Calibration: what vividness means for a checkpoint, and the mix of the generator's two heads that follows from it.

Serving, the ONNX graph and validation all mix here, so that each gives what the others measure.
"""

from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

from worker.colorizer.bins import annealed_mean
from worker.colorizer.color import AB_LIMIT

Number = TypeVar("Number", float, Tensor)

MAX_VIVIDNESS = 1.5


@dataclass(frozen=True)
class Calibration:
    """What vividness 0, 1 and 1.5 mean for these weights.

    At 1 the chroma is `gain` times a mix of the cautious ab head and, by `share`, the annealed mean at `temperature`;
    at 0 there is no gain, and the share is `least_share`; at 1.5 the gain is `most_gain`, or what the line
    from 0 to 1 leads to. Raises ValueError if a number is out of range.
    """

    temperature: float = 0.5
    share: float = 0.5
    gain: float = 1.0
    least_share: float = 0.0
    most_gain: float | None = None

    def __post_init__(self) -> None:
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if value is None and name in _OPTIONAL:
                continue
            if not (isinstance(value, int | float) and low <= value <= high):
                raise ValueError(f"The calibration's {name} must be a number from {low:g} to {high:g}, not {value!r}.")

    def gain_at(self, vividness: Number) -> Number:
        """The factor on all colors. A tensor gives a tensor: in an ONNX graph vividness is an input."""
        line = 1 + vividness * (self.gain - 1)
        if self.most_gain is None:
            return line
        rise = (self.most_gain - self.gain) / (MAX_VIVIDNESS - 1) - (self.gain - 1)
        beyond = vividness - 1
        return line + rise * (beyond.clamp(min=0.0) if isinstance(beyond, Tensor) else max(beyond, 0.0))

    def share_at(self, vividness: Number) -> Number:
        """The annealed mean's share of the mix, at most 1."""
        share = self.least_share + vividness * (self.share - self.least_share)
        return share.clamp(max=1.0) if isinstance(share, Tensor) else min(1.0, share)


# Below the lowest temperature only the likeliest bin is left. Vividness goes up to 1.5, where a gain under 1/3 would
# turn colors into their opposites.
_RANGES = {
    "temperature": (0.05, 2.0),
    "share": (0.0, 1.0),
    "gain": (0.5, 4.0),
    "least_share": (0.0, 1.0),
    "most_gain": (0.5, 4.0),
}
_OPTIONAL = {"most_gain"}


def calibrated_mix(
    logits: Tensor,
    cautious: Tensor,
    bins: Tensor,
    *,
    temperature: float,
    share: float | Tensor,
    gain: float | Tensor = 1.0,
) -> Tensor:
    """[N, Q, h, w] logits over bins and the [N, 2, h, w] ab head to [N, 2, h, w] ab in Lab units, within ±110."""
    ab = cautious
    if isinstance(share, Tensor) or share > 0:  # Without a share the annealed mean, the slow part, is not computed.
        ab = torch.lerp(cautious, annealed_mean(logits, bins, temperature), share)
    return (ab * gain).clamp(-AB_LIMIT, AB_LIMIT)
