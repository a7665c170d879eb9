"""Hints as the API takes them, converted for a colorizer and for a result's metadata."""

from collections.abc import Sequence

import numpy as np

from shared.jobs import options
from worker.colorizer import Hint
from worker.colorizer.color import lab_from_rgb


def lab_hints(hints: Sequence[options.Hint]) -> tuple[Hint, ...]:
    """The same places, with the a and b of their colors. Both sides mean places of the upright picture."""
    if not hints:
        return ()
    lab = lab_from_rgb(np.array([hint.rgb for hint in hints], np.uint8))
    return tuple(Hint(hint.x, hint.y, float(a), float(b)) for hint, (_, a, b) in zip(hints, lab, strict=True))


def format_hints(hints: Sequence[options.Hint]) -> str:
    """As the query parameter `hints` takes them."""
    return ";".join(f"{hint.x:g},{hint.y:g},{hint.color}" for hint in hints)
