"""Hints as a job has them, and as a colorizer and a result's metadata do."""

from collections.abc import Sequence

import numpy as np

from shared.jobs import options
from worker.colorizer import Hint
from worker.colorizer.color import lab_from_rgb


def colorizer_hints(hints: Sequence[options.Hint]) -> list[Hint]:
    """Places of the upright picture, which is how a colorizer sees it; of their colors a and b."""
    if not hints:
        return []
    lab = lab_from_rgb(np.array([hint.rgb for hint in hints], np.uint8))
    return [Hint(hint.x, hint.y, float(a), float(b)) for hint, (_, a, b) in zip(hints, lab, strict=True)]


def written_out(hints: Sequence[options.Hint]) -> str:
    """For people, and as `?hints=` takes them."""
    return ";".join(f"{hint.x:g},{hint.y:g},{hint.color}" for hint in hints)
