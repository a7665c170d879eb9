"""What a study asks, in which order: which of two pictures is better, or whether one is real."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, cycle

from training.study.pictures import Pictures

COMPARE, REAL = "compare", "real"
KINDS = (COMPARE, REAL)


@dataclass(frozen=True)
class Trial:
    """One question. `methods` are the pictures shown: left and right to compare, or the only one.

    `repeats` is the earlier trial that this one asks again, with the sides swapped, to see how steady a judge is.
    """

    number: int
    picture: str
    methods: tuple[str, ...]
    repeats: int | None = None


def plan_comparisons(pictures: Pictures, *, trials: int, repeats: int, seed: int) -> list[Trial]:
    """At most `trials` pairs, each pair of methods equally often, no pair of methods twice on a picture.

    `repeats` more trials at the end ask some again. Order and sides are random. Raises ValueError with one method.
    """
    pairs = list(combinations(pictures.colorized, 2))
    if not pairs:
        raise ValueError(f"A comparison needs two methods; there is only {', '.join(pictures.colorized) or 'none'}.")
    generator = random.Random(seed)
    planned = list(_balanced(pictures.names, pairs, generator))[:trials]
    generator.shuffle(planned)
    asked_first = [Trial(n, name, _in_random_order(pair, generator)) for n, (name, pair) in enumerate(planned)]
    again = generator.sample(asked_first, min(repeats, len(asked_first)))
    return asked_first + [
        Trial(number, trial.picture, trial.methods[::-1], trial.number)
        for number, trial in enumerate(again, start=len(asked_first))
    ]


def plan_real_or_colorized(pictures: Pictures, *, trials: int, seed: int) -> list[Trial]:
    """At most `trials` pictures, each once: by one of the methods, or real. All of these equally often.

    Nobody sees two versions of a photograph, because the first would betray the second. Raises ValueError without a
    method or without real photographs.
    """
    if len(pictures.colorized) == len(pictures.methods) or not pictures.colorized:
        raise ValueError(
            "This study needs a folder of real photographs, named truth, beside folders of colorized ones."
        )
    generator = random.Random(seed)
    names = pictures.names
    generator.shuffle(names)
    shown = [(name, method) for name, method in zip(names, cycle(pictures.methods), strict=False)][:trials]
    generator.shuffle(shown)
    return [Trial(number, name, (method,)) for number, (name, method) in enumerate(shown)]


def _balanced(
    names: list[str], pairs: list[tuple[str, str]], generator: random.Random
) -> Iterator[tuple[str, tuple[str, str]]]:
    """Every picture with one pair of methods before any has a second; the pairs shift by one each time around."""
    shuffled = list(names)
    generator.shuffle(shuffled)
    for turn in range(len(pairs)):
        for place, name in enumerate(shuffled):
            yield name, pairs[(place + turn) % len(pairs)]


def _in_random_order(pair: tuple[str, str], generator: random.Random) -> tuple[str, str]:
    first, second = pair
    return (first, second) if generator.random() < 0.5 else (second, first)
