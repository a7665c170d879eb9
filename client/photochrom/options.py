"""The options of a job: as a caller requests them, and as the service reports them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self, TypedDict, cast

from .hints import Hint

Format = Literal["same", "jpeg", "png", "tiff", "webp", "avif"]

FormatChoice = Literal["same", "jpeg", "jpg", "png", "tiff", "tif", "webp", "avif"]
"""The formats, and the usual extensions for two of them."""

ALIASES = {"jpg": "jpeg", "tif": "tiff"}

LARGEST_SEED = 2**32 - 1
MOST_VARIANTS = 4


class JobOptions(TypedDict, total=False):
    """Options for a new job. The service chooses a value for each one that is omitted or None.

    `vividness` is 0–1.5 (1: as learned). `quality` is 1–100, for JPEG, WebP and AVIF. `hints` are for single pictures.
    `variants` (1–4) is the number of colorings per picture. `seed` (0–2³²-1) selects among the plausible colorings:
    the same seed gives the same results, and the first variant of seed 0 is the best estimate. `name_encoding` is that
    of an archive's names that are not UTF-8, such as `cp932`; without it, it is detected.
    """

    model: str | None
    vividness: float | None
    format: FormatChoice | None
    quality: int | None
    hints: Sequence[Hint]
    seed: int | None
    variants: int | None
    name_encoding: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options that a job runs with; `quality` is None if the request did not set it."""

    model: str
    vividness: float
    format: Format
    quality: int | None
    hints: tuple[Hint, ...]
    seed: int
    variants: int
    name_encoding: str | None

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
            name_encoding=document.get("name_encoding"),
        )


def options_as_json(options: JobOptions) -> dict[str, Any]:
    """The `options` of a JSON request."""
    hints = {"hints": [hint.to_json() for hint in options["hints"]]} if options.get("hints") else {}
    return _without_hints(options) | hints


def options_as_query(options: JobOptions) -> dict[str, Any]:
    """The query parameters of a request whose body is the source."""
    hints = {"hints": ";".join(map(str, options["hints"]))} if options.get("hints") else {}
    return _without_hints(options) | hints


def _without_hints(options: JobOptions) -> dict[str, Any]:
    document = {name: value for name, value in options.items() if name != "hints" and value is not None}
    if "format" in document:
        document["format"] = ALIASES.get(str(document["format"]), document["format"])
    return document
