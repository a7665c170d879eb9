"""What pydantic finds wrong with a value, as a sentence for whoever gave it: which part of it, what it should be, and
what it is.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

_LONGEST_SHOWN = 40


def wording(found: ErrorDetails, model: type[BaseModel]) -> str:
    """Without the place: `Input should be less than or equal to 1, not '30'`. `found` is of the model's validation."""
    said = found["msg"].removeprefix("Value error, ").partition(", unable to parse")[0]
    if found["type"] == "string_pattern_mismatch" and (examples := _schema_at(found["loc"], model).get("examples")):
        said = f"Input should be like {examples[0]}"
    if said.startswith("Input should be") and isinstance(found["input"], str | int | float | None):
        said += f", not {_shown(found['input'])}"
    return said


def part_of(place: Sequence[int | str]) -> str:
    """What is meant within a field, with a colon behind it: `x of number 1: `; empty for the field as a whole."""
    steps = [f"number {step + 1}" if isinstance(step, int) else step for step in reversed(place)]
    return f"{' of '.join(steps)}: " if steps else ""


def _schema_at(place: Iterable[int | str], model: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of a place, empty where the way there forks."""
    root = schema = model.model_json_schema()
    for step in place:
        schema = schema.get("items", {}) if isinstance(step, int) else schema.get("properties", {}).get(step, {})
        if "$ref" in schema:
            schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    return schema


def _shown(given: object) -> str:
    text = repr(given)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
