"""How the pictures of a job shall be colorized: as it is asked for, and as the service says that it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self, TypedDict, cast

from .hints import Hint

Format = Literal["same", "jpeg", "png", "tiff", "webp", "avif"]

LARGEST_SEED = 2**32 - 1
MOST_VARIANTS = 4


class JobOptions(TypedDict, total=False):
    """What can be asked for; what is left out, or None, is the service's to choose.

    `vividness` is 0–1.5 (1: as learned), `quality` 1–100, for JPEG, WebP and AVIF; `hints` are for a picture by itself.
    `variants` colorings are made of each picture, 1–4, and `seed`, 0–2³²-1, says which of the plausible ones: the same
    give the same. The first one of seed 0 is the best estimate.
    """

    model: str | None
    vividness: float | None
    format: Format | None
    quality: int | None
    hints: Sequence[Hint]
    seed: int | None
    variants: int | None


@dataclass(frozen=True, slots=True)
class Options:
    """How the pictures are colorized; `quality` is None where none was asked for."""

    model: str
    vividness: float
    format: Format
    quality: int | None
    hints: tuple[Hint, ...]
    seed: int
    variants: int

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        return cls(
            model=document["model"],
            vividness=document["vividness"],
            format=cast(Format, document["format"]),
            quality=document["quality"],
            hints=tuple(map(Hint.from_json, document["hints"])),
            seed=document["seed"],
            variants=document["variants"],
        )


def in_json(options: JobOptions) -> dict[str, Any]:
    """As the service takes them in a document."""
    told = {"hints": [hint.to_json() for hint in options["hints"]]} if options.get("hints") else {}
    return _said(options) | told


def in_query(options: JobOptions) -> dict[str, Any]:
    """As the service takes them beside a body."""
    told = {"hints": ";".join(map(str, options["hints"]))} if options.get("hints") else {}
    return _said(options) | told


def _said(options: JobOptions) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name != "hints" and value is not None}
