"""Plain tables, as TOML and JSON files hold them, to dataclasses."""

import dataclasses
import json
import types
import typing
from typing import Any, Literal, TypeVar

T = TypeVar("T")


def from_table(kind: type[T], table: dict[str, Any]) -> T:
    """Build a dataclass, nested ones included, from plain tables. Raises ValueError for an unknown key."""
    known = typing.get_type_hints(kind)
    if unknown := sorted(set(table) - set(known)):
        raise ValueError(f"unknown {kind.__name__} keys {', '.join(unknown)}. Choose from {', '.join(known)}.")
    return kind(**{key: _value(known[key], value) for key, value in table.items()})


def _value(kind: Any, value: Any) -> Any:
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return from_table(kind, value)
    choices = typing.get_args(kind)
    if typing.get_origin(kind) is Literal and value not in choices:
        raise ValueError(f"unknown value {value!r}. Choose one of: {', '.join(choices)}.")
    if typing.get_origin(kind) is tuple:
        return tuple(_value(choices[0], item) for item in value)
    if isinstance(kind, types.UnionType):
        if value is None:
            return None
        (kind,) = set(choices) - {types.NoneType}  # The only unions here are with None.
        return _value(kind, value)
    return float(value) if kind is float and isinstance(value, int) else value


def completed(kind: Any, table: dict[str, Any]) -> dict[str, Any]:
    """The table of a dataclass with the defaults of missing keys, which an earlier version may not have known."""
    kinds = typing.get_type_hints(kind)
    return _defaults(kind) | {key: _completed_value(kinds.get(key), value) for key, value in table.items()}


def _completed_value(kind: Any, value: Any) -> Any:
    if isinstance(value, dict) and dataclasses.is_dataclass(kind):
        return completed(kind, value)
    choices = [choice for choice in typing.get_args(kind) if choice is not types.NoneType]
    if isinstance(value, list) and choices:
        return [_completed_value(choices[0], item) for item in value]
    return _completed_value(choices[0], value) if isinstance(kind, types.UnionType) else value


def _defaults(kind: Any) -> dict[str, Any]:
    """The defaults of a dataclass's fields as JSON would return them."""
    defaults = {}
    for field in dataclasses.fields(kind):
        if field.default_factory is not dataclasses.MISSING:
            defaults[field.name] = field.default_factory()
        elif field.default is not dataclasses.MISSING:
            defaults[field.name] = field.default
    plain: dict[str, Any] = json.loads(json.dumps(defaults, default=dataclasses.asdict))
    return plain
