"""Hints: the colors that places of a picture shall have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Hint:
    """`x` and `y` go from 0 to 1, from the left and from the top of the picture as a viewer shows it; `color` is
    `#rrggbb`, of which hue and saturation count: the picture keeps its own lightness.
    """

    x: float
    y: float
    color: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Of `x,y,#rrggbb`. Raise `ValueError` for anything else; what the numbers may be is the service's to say."""
        try:
            x, y, color = text.split(",")
            return cls(float(x), float(y), color)
        except ValueError:
            raise ValueError(f"{text!r} is not X,Y,#RRGGBB, as in 0.31,0.4,#b03020") from None

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Self:
        return cls(document["x"], document["y"], document["color"])

    def __str__(self) -> str:
        return f"{self.x},{self.y},{self.color}"

    def to_json(self) -> dict[str, Any]:
        return {"x": self.x, "y": self.y, "color": self.color}
