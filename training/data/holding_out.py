"""Splits photographs: which are trained on, which are held out, and which of those choose the best weights."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training.data.names import read_names
from training.data.originals import counted
from training.data.photographs import Photograph, PhotographSet
from training.recipes.recipe import Recipe

HELD_OUT_LIST = Path(__file__).parent / "held-out.txt"
VALIDATION_LIST = Path(__file__).parent / "validation.txt"
HOLD_OUT_EVERY = 20


@dataclass(frozen=True)
class Division:
    """`validation` is a part of `held_out`; none of that is in `train`."""

    train: Sequence[Photograph]
    held_out: Sequence[Photograph]
    validation: Sequence[Photograph]


def divide(
    photographs: PhotographSet, recipe: Recipe, *, held_out: Path | None = None, validation: Path | None = None
) -> Division:
    """Split by lists of names; None stands for the lists in this folder. If `held_out` is None and that list names none
    of the photographs, every twentieth is held out.

    Raises OSError, and ValueError if there are too few photographs to train on or none to validate on.
    """
    if not photographs.photographs:
        raise ValueError(
            f"none of the {len(photographs.skipped)} files can be trained on: {counted(photographs.reasons)}"
        )
    names = [photograph.name for photograph in photographs.photographs]
    kept, chosen = set(read_names(held_out or HELD_OUT_LIST)), set(read_names(validation or VALIDATION_LIST))
    if held_out is None and kept.isdisjoint(names):
        kept = set(names[::HOLD_OUT_EVERY])
        chosen = chosen if validation else kept
    train, left = photographs.split(kept)
    if not left:
        raise ValueError(f"{held_out} names none of the {len(names)} photographs: list their paths relative to --data")
    validating = [photograph for photograph in left if photograph.name in chosen][: recipe.validation_pictures]
    if not validating:
        raise ValueError(f"{validation or VALIDATION_LIST} names none of the {len(left)} held-out photographs")
    largest = max(recipe.stages, key=lambda stage: stage.crops.minibatch)
    if len(train) < largest.crops.minibatch:
        raise ValueError(
            f"{len(train)} photographs to train on, beside {len(left)} held out, do not fill a minibatch of stage "
            f"{largest.name}, which takes {largest.crops.minibatch}: add photographs, or lower its minibatch"
        )
    return Division(train, left, validating)
