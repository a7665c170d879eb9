"""Scores of portraits by skin tone, with intervals: means over all people hide that some are colorized worse."""

import csv
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.scores.scoring import Scored

TONES = ("very light", "light", "intermediate", "tan", "brown", "dark")
"""By the individual typology angle, after Chardon et al. (1991), lightest first."""
_LABEL = "ita:"  # What a label of an index begins with that names a tone.
_RESAMPLED = 1000
_INTERVAL = (2.5, 97.5)  # Percentiles.

_Statistic = Callable[[Sequence[Mapping[str, float]]], float]


@dataclass(frozen=True)
class Estimate:
    """A value over pictures, and the interval in which 95 % of resampled sets have theirs."""

    value: float
    low: float
    high: float


ByTone = Mapping[str, Mapping[str, Estimate]]
"""Tones to columns to values."""
Portraits = Mapping[str, ByTone]
"""The same by row."""


def read_tones(index: Path) -> dict[str, str]:
    """Tones of portraits by name, as `SHARD.tar/MEMBER`, from a CSV with columns `shard`, `name` and `label`.

    Raises OSError, and ValueError if it is no such table.
    """
    with index.open(newline="", encoding="utf-8") as file:
        try:
            rows = [(int(row["shard"]), row["name"], row["label"]) for row in csv.DictReader(file)]
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{index} is not a CSV with columns shard (a number), name and label") from error
    return {f"train-{shard:02d}.tar/{name}": label[len(_LABEL) :] for shard, name, label in rows if label[:4] == _LABEL}


def by_tone(scored: Sequence[Scored], tones: Mapping[str, str], row: str) -> ByTone:
    """Skin, violet and ratio of colorfulness in a row of the table, by tone and over `all` portraits."""
    groups: dict[str, list[Mapping[str, float]]] = defaultdict(list)
    for picture in scored:
        if picture.name in tones:
            groups[tones[picture.name]].append(picture.scores[row])
            groups["all"].append(picture.scores[row])
    return {tone: _estimates(groups[tone]) for tone in (*TONES, "all") if groups[tone]}


def format_tones(portraits: Portraits, counts: Mapping[str, int]) -> str:
    """A Markdown table of `by_tone` by row, with the intervals."""
    columns = list(_STATISTICS)
    lines = [f"| portraits | tone | pictures | {' | '.join(columns)} |", "|---|---|---|" + "---|" * len(columns)]
    for row, table in portraits.items():
        for tone, values in table.items():
            cells = [_cell(values[column]) if column in values else "—" for column in columns]
            lines.append(f"| {row} | {tone} | {counts[tone]} | {' | '.join(cells)} |")
    return "\n".join(lines)


def counts_by_tone(scored: Sequence[Scored], tones: Mapping[str, str]) -> dict[str, int]:
    portraits = [tones[picture.name] for picture in scored if picture.name in tones]
    return {tone: portraits.count(tone) for tone in TONES} | {"all": len(portraits)}


def _cell(estimate: Estimate) -> str:
    return f"{estimate.value:.2f} ({estimate.low:.2f} to {estimate.high:.2f})"


def _estimates(scores: Sequence[Mapping[str, float]]) -> dict[str, Estimate]:
    """Of each column over the portraits that have a value; a column without any is left out."""
    usable = {column: [values for values in scores if not np.isnan(values[column])] for column in _STATISTICS}
    return {column: _estimate(usable[column], statistic) for column, statistic in _STATISTICS.items() if usable[column]}


def _estimate(scores: Sequence[Mapping[str, float]], statistic: _Statistic) -> Estimate:
    """With the bootstrap of Efron (1979); the same sets are drawn each time."""
    random = np.random.default_rng(0)
    drawn = random.integers(0, len(scores), (_RESAMPLED, len(scores)))
    low, high = np.percentile([statistic([scores[place] for place in places]) for places in drawn], _INTERVAL)
    return Estimate(statistic(scores), float(low), float(high))


def _mean_of(column: str) -> _Statistic:
    return lambda scores: sum(values[column] for values in scores) / len(scores)


def _colorfulness_ratio(scores: Sequence[Mapping[str, float]]) -> float:
    original = sum(values["colorfulness_original"] for values in scores)
    return sum(values["colorfulness"] for values in scores) / max(original, 1e-6)


_STATISTICS: dict[str, _Statistic] = {
    "skin": _mean_of("skin"),
    "violet": _mean_of("violet"),
    "colorfulness": _colorfulness_ratio,
}
