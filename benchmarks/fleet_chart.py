"""The chart of benchmarks/fleet.py: throughput and delay against the number of workers, as an SVG."""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.fleet import Measured

WIDTH, HEIGHT = 420, 320
LEFT, RIGHT, TOP, BOTTOM = 64, 18, 40, 48
COLORS = ("#1b6ca8", "#c2571a", "#3b7d3b", "#7a4fa3")
TICKS = (1, 2, 4, 8, 16, 32, 64, 128)
Points = Sequence[tuple[float, float]]


class Panel:
    """A diagram with logarithmic axes."""

    def __init__(self, title: str, unit: str, highest: float, lowest: float, most: int) -> None:
        self._decades = math.log10(lowest), math.log10(highest)
        self._most = most
        self.parts = [f'<text x="{LEFT}" y="22" class="title">{title}</text>']
        for count in (tick for tick in TICKS if tick <= most):
            x = self._x(count)
            self.parts.append(f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}" class="grid"/>')
            self.parts.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" class="middle">{count}</text>')
        for value in _steps(lowest, highest):
            y = self._y(value)
            self.parts.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" class="grid"/>')
            self.parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" class="end">{value:g} {unit}</text>')
        self.parts.append(f'<text x="{(LEFT + WIDTH) / 2}" y="{HEIGHT - 10}" class="middle">workers</text>')

    def line(self, points: Points, color: str, *, dashes: str = "none") -> None:
        path = " ".join(f"{self._x(x):.1f},{self._y(y):.1f}" for x, y in points)
        self.parts.append(f'<polyline points="{path}" stroke="{color}" stroke-dasharray="{dashes}"/>')

    def dots(self, points: Points, color: str) -> None:
        for x, y in points:
            self.parts.append(f'<circle cx="{self._x(x):.1f}" cy="{self._y(y):.1f}" r="3.5" fill="{color}"/>')

    def legend(self, entries: Iterable[tuple[str, str]]) -> None:
        for row, (label, color) in enumerate(entries):
            y = TOP + 16 + 16 * row
            self.parts.append(f'<text x="{LEFT + 10}" y="{y}" style="fill:{color}">{label}</text>')

    def _x(self, count: float) -> float:
        return LEFT + math.log2(count) / max(math.log2(self._most), 1) * (WIDTH - LEFT - RIGHT)

    def _y(self, value: float) -> float:
        low, high = self._decades
        part = (math.log10(max(value, 10**low)) - low) / max(high - low, 1e-9)
        return HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM)


def _steps(lowest: float, highest: float) -> list[float]:
    first, last = math.ceil(math.log10(lowest)), math.floor(math.log10(highest))
    return [10.0**power for power in range(first, last + 1)]


def write_chart(path: Path, measured: "Mapping[float, Sequence[Measured]]") -> None:
    """`measured` by the seconds that a picture takes."""
    most = max(each.workers for series in measured.values() for each in series)
    panels = [_throughput(measured, most), _delay(measured, most)]
    shifted = [
        f'<g transform="translate({place * WIDTH},0)">{"".join(panel.parts)}</g>' for place, panel in enumerate(panels)
    ]
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * WIDTH} {HEIGHT}" font-family="sans-serif" '
        'font-size="12" role="img" aria-label="Throughput and delay against the number of workers">\n<style>'
        "text{fill:#333}.title{font-size:14px}.middle{text-anchor:middle}.end{text-anchor:end}"
        ".grid{stroke:#ddd}polyline{fill:none;stroke-width:2}</style>\n"
        f'<rect width="{2 * WIDTH}" height="{HEIGHT}" fill="#fff"/>\n' + "\n".join(shifted) + "\n</svg>\n"
    )


def _throughput(measured: "Mapping[float, Sequence[Measured]]", most: int) -> Panel:
    rates = [each.pictures_per_second for series in measured.values() for each in series]
    panel = Panel("Pictures per second; dashed: linear", "", 10 ** math.ceil(math.log10(max(rates))), 0.5, most)
    for series, color in zip(measured.values(), COLORS, strict=False):
        first, last = series[0], series[-1]
        ideal = first.pictures_per_second / first.workers
        panel.line([(n, n * ideal) for n in (first.workers, last.workers)], color, dashes="4 4")
        panel.dots([(each.workers, each.pictures_per_second) for each in series], color)
    panel.legend((f"{seconds:g} s a picture", color) for seconds, color in zip(measured, COLORS, strict=False))
    return panel


def _delay(measured: "Mapping[float, Sequence[Measured]]", most: int) -> Panel:
    panel = Panel("Wait of a chunk for a free worker; dashed: p95", "ms", 10_000, 10, most)
    for series, color in zip(measured.values(), COLORS, strict=False):
        for part, dashes in ((0.5, "none"), (0.95, "4 4")):
            points = [(each.workers, each.delay_ms(part)) for each in series]
            panel.line(points, color, dashes=dashes)
            panel.dots(points, color)
    panel.legend((f"{seconds:g} s a picture", color) for seconds, color in zip(measured, COLORS, strict=False))
    return panel
