"""Labelled pictures for the transfer probe, as lightness: encoders never see their color.

There are two layouts: a folder with `train/CLASS/…` and `val/CLASS/…`, or any source of pictures together with a CSV
file that has the columns `name`, `split` and `label`.
"""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath

import numpy as np
import torch
from torch import Tensor

from training.data.originals import resized
from training.data.photographs import read_files, upright_rgb
from worker.colorizer import lightness_from_luma

SPLITS = ("train", "val")

_Place = tuple[str, str]  # Split and label.


@dataclass(frozen=True)
class Labelled:
    """[N, 1, s, s] lightness in 0..100 and [N] class numbers."""

    lightness: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)


def read_labelled(source: Path, table: Path | None, *, size: int) -> tuple[Labelled, Labelled]:
    """The pictures of both splits, squeezed to squares of side `size`.

    Unreadable or unlabelled pictures are left out. Raises ValueError if a split is empty, a class of `val` is not in
    `train`, or the CSV lacks a column; FileNotFoundError if the source holds no picture.
    """
    place_of = _by_table(table) if table else _by_folder
    pictures: dict[str, list[tuple[np.ndarray, str]]] = {split: [] for split in SPLITS}
    for name, content in read_files(source):
        place = place_of(PurePath(name))
        image = upright_rgb(content)
        if place is not None and place[0] in pictures and not isinstance(image, str):
            pictures[place[0]].append((np.asarray(resized(image, (size, size)).convert("L")), place[1]))
    classes = sorted({label for _, label in pictures["train"]})
    if not all(pictures.values()) or not {label for _, label in pictures["val"]} <= set(classes):
        raise ValueError(f"{source} needs pictures of the same classes in each split: {' and '.join(SPLITS)}")
    train, val = (_stacked(pictures[split], classes) for split in SPLITS)
    return train, val


def _stacked(pictures: list[tuple[np.ndarray, str]], classes: list[str]) -> Labelled:
    luma = np.stack([picture for picture, _ in pictures])
    numbers = {label: number for number, label in enumerate(classes)}
    labels = torch.tensor([numbers[label] for _, label in pictures])
    return Labelled(torch.from_numpy(lightness_from_luma(luma)).unsqueeze(1), labels)


def _by_folder(name: PurePath) -> _Place | None:
    return (name.parts[-3], name.parts[-2]) if len(name.parts) > 2 else None


def _by_table(path: Path) -> Callable[[PurePath], _Place | None]:
    """Names in the table are file names; for pictures in a shard, the name inside it."""
    with path.open(newline="") as file:
        rows: list[Mapping[str, str]] = list(csv.DictReader(file))
    try:
        places = {PurePath(row["name"]): (row["split"], row["label"]) for row in rows}
    except KeyError as error:
        raise ValueError(f"{path} has no column {error}") from error

    def place(name: PurePath) -> _Place | None:
        inside = PurePath(*name.parts[1:]) if name.parts[0].endswith(".tar") else name
        return places.get(inside)

    return place
