"""Color hints: the color that a point of a picture should have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Hint:
    """`x` and `y` are 0–1, from the left and from the top of the picture as a viewer shows it. `color` is `#rrggbb`;
    only its hue and saturation count, because the picture keeps its lightness.
    """

    x: float
    y: float
    color: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse `x,y,#rrggbb`. Raise `ValueError` for any other syntax; the service checks the ranges."""
        try:
            x, y, color = text.split(",")
            return cls(float(x), float(y), color)
        except ValueError:
            raise ValueError(f"Invalid hint {text!r}. Use X,Y,#RRGGBB, for example 0.31,0.4,#b03020.") from None

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Self:
        return cls(document["x"], document["y"], document["color"])

    def __str__(self) -> str:
        return f"{self.x},{self.y},{self.color}"

    def to_json(self) -> dict[str, Any]:
        return {"x": self.x, "y": self.y, "color": self.color}
