"""Scores pictures against their originals: scores of each picture, means of each row, the table of means."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from PIL import Image, ImageOps

from training.data.originals import RGB, SIZE
from training.networks.squeezenet import Features
from training.scores import metrics
from training.scores.frechet import frechet_distance
from training.scores.lpips import LPIPS

Scores = dict[str, float]

_ORIGINAL = "original"


class Extractor(Protocol):
    """A network whose features distinguish populations of pictures."""

    def describe(self, picture: RGB) -> Features: ...


@dataclass(frozen=True)
class Scales:
    """The networks that scores are measured with; `extractors` by the name of their column. `skin` is for portraits."""

    lpips: LPIPS | None = None
    extractors: Mapping[str, Extractor] = field(default_factory=dict)
    skin: bool = False


@dataclass(frozen=True)
class Scored:
    """One photograph: scores by row, and for each row and for `original` the features and a small JPEG to look at."""

    name: str
    scores: dict[str, Scores]
    features: dict[str, dict[str, Features]]
    looks: dict[str, bytes]


def score(name: str, original: RGB, versions: Mapping[str, RGB], scales: Scales) -> Scored:
    """Compare the versions of a photograph, by row, with the original. The pictures themselves are not kept."""
    pictures = {_ORIGINAL: original, **versions}
    return Scored(
        name,
        {row: compare(picture, original, scales) for row, picture in versions.items()},
        {
            column: {row: extractor.describe(picture) for row, picture in pictures.items()}
            for column, extractor in scales.extractors.items()
        },
        {row: _look(picture) for row, picture in pictures.items()},
    )


def compare(picture: RGB, original: RGB, scales: Scales) -> Scores:
    """All scores of a picture against the original; LPIPS only if its network is given."""
    scores = {
        "psnr": metrics.psnr(picture, original),
        "ssim": metrics.ssim(picture, original),
        "ciede2000": metrics.mean_ciede2000(picture, original),
        "colorfulness": metrics.colorfulness(picture),
        "colorfulness_original": metrics.colorfulness(original),
        "violet": metrics.violet(picture, original),
    }
    if scales.skin:
        scores["skin"] = metrics.skin_distance(picture, original)
    return scores | ({"lpips": scales.lpips.between(picture, original)} if scales.lpips else {})


def summarize(scored: Sequence[Scored]) -> dict[str, Scores]:
    """Means over the pictures with a value, by row, and the ratio of mean colorfulness to that of the originals.

    Each extractor adds its Fréchet distance to the originals, and its ratio to the distance of `gray`.
    """
    table: dict[str, Scores] = {}
    for row, first in scored[0].scores.items():
        values = {key: [picture.scores[row][key] for picture in scored] for key in first}
        means = {key: float(np.nanmean(column)) for key, column in values.items() if not np.isnan(column).all()}
        means["colorfulness_ratio"] = means["colorfulness"] / max(means.pop("colorfulness_original"), 1e-6)
        table[row] = means
    for column in scored[0].features if len(scored) > 1 else ():
        distances = _distances(scored, column)
        for row, distance in distances.items():
            table[row] |= {column: distance, f"{column}_to_gray": distance / distances["gray"]}
    return {row: {key: round(value, 4) for key, value in scores.items()} for row, scores in table.items()}


def format_table(table: Mapping[str, Scores], count: int) -> str:
    """The table as Markdown."""
    columns = list(next(iter(table.values())))
    lines = [
        f"| {count} pictures | {' | '.join(columns)} |",
        "|---|" + "---|" * len(columns),
        *(f"| {row} | {' | '.join(f'{scores[key]:.3f}' for key in columns)} |" for row, scores in table.items()),
    ]
    return "\n".join(lines)


def _distances(scored: Sequence[Scored], column: str) -> Scores:
    original = [picture.features[column][_ORIGINAL] for picture in scored]
    return {
        row: frechet_distance([picture.features[column][row] for picture in scored], original)
        for row in scored[0].scores
    }


def _look(picture: RGB) -> bytes:
    """The whole picture on a white square."""
    buffer = io.BytesIO()
    ImageOps.pad(Image.fromarray(picture), (SIZE, SIZE), color="white").save(buffer, "JPEG", quality=88)
    return buffer.getvalue()
