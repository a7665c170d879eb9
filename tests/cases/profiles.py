"""ICC profiles for gray and for four inks, of a few hundred bytes."""

import itertools
import struct

import numpy as np
from numpy.typing import NDArray

from worker.imaging.icc import D50, profile

_IDENTITY = (1, 0, 0, 0, 1, 0, 0, 0, 1)
_NODES = 5


def _curve(*values: int) -> bytes:
    tag = b"curv" + struct.pack(f">4xL{len(values)}H", len(values), *values)
    return tag + bytes(-len(tag) % 4)


def _white() -> bytes:
    return b"XYZ " + struct.pack(">4x3l", *(round(value * 65536) for value in D50))


def gray_of_gamma(gamma: float) -> bytes:
    """A gray profile whose light is code ** gamma."""
    return profile(b"GRAY", {b"wtpt": _white(), b"kTRC": _curve(round(gamma * 256))})


def gray_of_dot_gain(gain: float) -> bytes:
    """A gray profile of a press on which half of a screen prints darker by `gain`, 0.2 for 20 %."""
    return profile(b"GRAY", {b"wtpt": _white(), b"kTRC": _curve(*np.rint(dot_gain(gain) * 65535).astype(int))})


def dot_gain(gain: float) -> NDArray[np.float64]:
    """The light of each of the 256 codes."""
    ink = 1 - np.arange(256) / 255
    return np.clip(1 - ink - 4 * gain * ink * (1 - ink), 0, 1)


def four_inks() -> bytes:
    """A CMYK profile of a press with soft blacks."""
    shades = np.linspace(0, 1, _NODES)
    table = b"".join(_printed(*inks) for inks in itertools.product(shades, repeat=4))
    ramp = bytes(range(256))
    head = b"mft1" + struct.pack(">4x4B9l", 4, 3, _NODES, 0, *(value * 65536 for value in _IDENTITY))
    tag = head + ramp * 4 + table + ramp * 3
    made = profile(b"CMYK", {b"wtpt": _white(), b"A2B0": tag + bytes(-len(tag) % 4)})
    return made[:12] + b"prtr" + made[16:20] + b"Lab " + made[24:]


def _printed(cyan: float, magenta: float, yellow: float, black: float) -> bytes:
    """L, a and b in bytes."""
    light = np.prod(
        [1 - share * ink**0.7 for share, ink in ((0.4, cyan), (0.5, magenta), (0.1, yellow), (0.85, black))]
    )
    return bytes([round(255 * light), round(128 - 40 * cyan + 60 * magenta), round(128 - 40 * cyan + 70 * yellow)])
