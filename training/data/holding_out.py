"""Splits photographs: which are trained on, which are held out, and which of those choose the best weights."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training.data.names import read_names
from training.data.originals import counted
from training.data.photographs import Photograph, PhotographSet
from training.recipes.recipe import MoreOften, Recipe

# A thousand photographs of all kinds, and portraits and plates for scores on people.
HELD_OUT_LISTS = (Path(__file__).parent / "held-out.txt", Path(__file__).parent / "held-out-people.txt")
VALIDATION_LIST = Path(__file__).parent / "validation.txt"
HOLD_OUT_EVERY = 20


@dataclass(frozen=True)
class Division:
    """`validation` is a part of `held_out`; none of that is in `train`, where oversampled photographs are repeated."""

    train: Sequence[Photograph]
    held_out: Sequence[Photograph]
    validation: Sequence[Photograph]


def divide(
    photographs: PhotographSet, recipe: Recipe, *, held_out: Path | None = None, validation: Path | None = None
) -> Division:
    """Split by lists of names; None stands for the lists in this folder.

    If `held_out` is None and those lists name none of the photographs, every twentieth is held out.

    Raises OSError, and ValueError if there are too few photographs to train on or none to validate on.
    """
    if not photographs.photographs:
        raise ValueError(
            f"none of the {len(photographs.skipped)} files can be trained on: {counted(photographs.reasons)}"
        )
    names = [photograph.name for photograph in photographs.photographs]
    kept = {name for listed in ([held_out] if held_out else HELD_OUT_LISTS) for name in read_names(listed)}
    chosen = set(read_names(validation or VALIDATION_LIST))
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
    return Division(_as_often(train, recipe.more_often), left, validating)


def _as_often(photographs: Sequence[Photograph], more_often: Sequence[MoreOften]) -> list[Photograph]:
    def times(name: str) -> int:
        return next((group.times for group in more_often if name.startswith(group.begins)), 1)

    return [photograph for photograph in photographs for _ in range(times(photograph.name))]
