"""The methods that are scored: checkpoints, and other methods by the pictures they made."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from training.data.originals import RGB, Original, resized
from training.data.photographs import picture_files, upright_rgb
from training.networks.weight_references import local_checkpoint
from training.scores.views import View
from worker.colorizer import Colorizer


class Method(Protocol):
    """Colorizes photographs in one or more ways, each with a row of the table, in order."""

    @property
    def rows(self) -> Sequence[str]: ...

    def pictures(self, original: Original) -> Mapping[str, RGB] | str:
        """The colorized pictures by row, each as large as the original; or the reason why there are none."""


@dataclass(frozen=True)
class Named:
    """A checkpoint loaded from a path or `hf://…`, and its name in tables."""

    name: str
    reference: str
    colorizer: Colorizer


class Coloring:
    """A colorizer with a row for each degree of vividness. `timings` are its seconds per picture, by row."""

    def __init__(self, colorizer: Colorizer, view: View, degrees: Mapping[str, float]) -> None:
        self._colorizer, self._view, self._degrees = colorizer, view, degrees
        self.timings: dict[str, list[float]] = {row: [] for row in degrees}

    @property
    def rows(self) -> Sequence[str]:
        return tuple(self._degrees)

    def pictures(self, original: Original) -> Mapping[str, RGB]:
        lightness = self._view.lightness(original.picture)
        chroma = {row: self._timed(row, lightness) for row in self._degrees}
        return {row: self._view.paint(original.picture, ab[0]) for row, ab in chroma.items()}

    def _timed(self, row: str, lightness: NDArray[np.float32]) -> NDArray[np.float32]:
        started = time.perf_counter()
        chroma = self._colorizer.chroma(lightness, vividness=self._degrees[row])
        self.timings[row].append(time.perf_counter() - started)
        return chroma


class Outputs:
    """A folder of another method's pictures, each with its photograph's relative path, with any suffix."""

    def __init__(self, folder: Path) -> None:
        self.rows = (folder.resolve().name,)
        self._files = {_stem(path.relative_to(folder)): path for path in picture_files(folder)}

    def pictures(self, original: Original) -> Mapping[str, RGB] | str:
        path = self._files.get(_stem(PurePath(original.name)))
        image = upright_rgb(path.read_bytes()) if path else "absent"
        if isinstance(image, str):
            return f"without a picture in {self.rows[0]}"
        height, width = original.picture.shape[:2]
        return {self.rows[0]: np.asarray(resized(image, (width, height)))}


def load_named(references: Sequence[str]) -> list[Named]:
    """The checkpoints with their names, or with their paths where several have the same name.

    Raises CheckpointError, and what `local_checkpoint` raises.
    """
    colorizers = [Colorizer.load(local_checkpoint(reference)) for reference in references]
    names = [colorizer.name for colorizer in colorizers]
    return [
        Named(
            reference.removesuffix(".safetensors") if names.count(colorizer.name) > 1 else colorizer.name,
            reference,
            colorizer,
        )
        for reference, colorizer in zip(references, colorizers, strict=True)
    ]


def _stem(path: PurePath) -> str:
    return path.with_suffix("").as_posix()
