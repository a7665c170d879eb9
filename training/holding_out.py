"""Which photographs are trained on, which are held out, and which of those choose the best weights."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training.names import read_names
from training.originals import counted
from training.photographs import Photograph, PhotographSet
from training.recipe import MoreOften, Recipe

# A thousand photographs of all kinds, and portraits and plates to score people on.
HELD_OUT_LISTS = (Path(__file__).parent / "held-out.txt", Path(__file__).parent / "held-out-people.txt")
VALIDATION_LIST = Path(__file__).parent / "validation.txt"
HOLD_OUT_EVERY = 20


@dataclass(frozen=True)
class Division:
    """`validation` is of `held_out`, none of which is in `train`; what is trained on more often is there as often."""

    train: Sequence[Photograph]
    held_out: Sequence[Photograph]
    validation: Sequence[Photograph]


def divide(
    photographs: PhotographSet, recipe: Recipe, *, held_out: Path | None = None, validation: Path | None = None
) -> Division:
    """By lists of names, None for those of this repository; if `held_out` is None and those lists name none of the
    photographs, every twentieth is held out.

    Raises OSError, and ValueError if there is too little to train on or nothing to validate on.
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
        raise ValueError(f"{held_out} names none of the {len(names)} photographs, as they are called below --data")
    validating = [one for one in left if one.name in chosen][: recipe.validation_pictures]
    if not validating:
        raise ValueError(f"{validation or VALIDATION_LIST} names none of the {len(left)} held-out photographs")
    largest = max(recipe.stages, key=lambda stage: stage.crops.minibatch)
    if len(train) < largest.crops.minibatch:
        raise ValueError(
            f"{len(train)} photographs to train on, beside {len(left)} held out, are fewer than a minibatch of stage "
            f"{largest.name}: {largest.crops.minibatch}"
        )
    return Division(_as_often(train, recipe.more_often), left, validating)


def _as_often(photographs: Sequence[Photograph], more_often: Sequence[MoreOften]) -> list[Photograph]:
    def times(name: str) -> int:
        return next((one.times for one in more_often if name.startswith(one.begins)), 1)

    return [photograph for photograph in photographs for _ in range(times(photograph.name))]
