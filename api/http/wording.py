"""A validation error of pydantic as a sentence: which part of the value is wrong, what it should be, and what it is."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

MOST_FAULTS = 20
_MAX_SHOWN = 40
_MAX_DETAIL = 300


def describe_faults(faults: Sequence[Mapping[str, str]], total: int) -> str:
    """The listed ones, and how many there are besides."""
    sentences = [f"{fault.get('parameter', fault.get('pointer'))}: {fault['detail']}" for fault in faults]
    return "; ".join([*sentences, f"and {total - len(faults)} more"] if total > len(faults) else sentences)


def shortened(text: str, limit: int = _MAX_DETAIL) -> str:
    """Clients determine parts of many details: what they sent is shown, but not all of it."""
    return text if len(text) <= limit else f"{text[:limit]}…"


def describe_error(error: ErrorDetails, model: type[BaseModel]) -> str:
    """Without the location: `Input should be less than or equal to 1, not '30'`. `error` is from validating `model`."""
    if error["type"] == "enum":
        choices = error["ctx"]["expected"].replace("'", "")
        return f"unknown value {_shown(error['input'])}; choose {choices}"
    message = error["msg"].removeprefix("Value error, ").partition(", unable to parse")[0]
    if error["type"] == "string_pattern_mismatch" and (examples := _schema_at(error["loc"], model).get("examples")):
        message = f"Input should be like {examples[0]}"
    if message.startswith("Input should be") and isinstance(error["input"], str | int | float | None):
        message += f", not {_shown(error['input'])}"
    return shortened(message)


def describe_location(location: Sequence[int | str]) -> str:
    """The place within a field, followed by a colon: `x of entry 1: `. Empty for the whole field."""
    steps = [f"entry {step + 1}" if isinstance(step, int) else step for step in reversed(location)]
    return f"{' of '.join(steps)}: " if steps else ""


def _schema_at(location: Iterable[int | str], model: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of a location; empty beyond a union."""
    root = schema = _schema_of(model)
    for step in location:
        schema = schema.get("items", {}) if isinstance(step, int) else schema.get("properties", {}).get(step, {})
        if "$ref" in schema:
            schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    return schema


@lru_cache(maxsize=64)
def _schema_of(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()


def _shown(value: object) -> str:
    return shortened(repr(value), _MAX_SHOWN)
