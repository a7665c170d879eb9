"""Parsing options and terms from the strings of a query or a form."""

from collections.abc import Iterable
from typing import NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from api.http.filenames import base_name
from api.http.wording import MOST_FAULTS, describe_error, describe_location
from api.options.errors import InvalidOption
from shared.jobs.options import Options
from shared.jobs.terms import Terms

# A field of the terms that may be given several times, each time with one value.
REPEATABLE = {"label": "labels"}
TERMS = ("label", "deadline", "keep", "webhook")
KNOWN = ("filename", *Options.model_fields, *TERMS)

Model = TypeVar("Model", bound=BaseModel)


class Stated(NamedTuple):
    """What a query or a form says about a job."""

    options: Options
    terms: Terms
    filename: str | None


def parse_options(pairs: Iterable[tuple[str, str]]) -> Stated:
    """Raises InvalidOption, which names each that is wrong."""
    values: dict[str, str] = {}
    lists: dict[str, list[str]] = {}
    for name, value in pairs:
        if name == "dry_run":
            raise InvalidOption.of(
                (name, "not available for a body, which would have to be stored; upload it, then submit it as JSON")
            )
        if name in REPEATABLE:
            lists.setdefault(name, []).append(value)
        elif name in values:
            raise InvalidOption.of((name, "given twice; give it once"))
        else:
            values[name] = value
    filename = base_name(values.pop("filename", ""))
    hints = {"hints": _parse_hints(values.pop("hints"))} if "hints" in values else {}
    terms = {name: values.pop(name) for name in TERMS if name in values}
    options = _validated(Options, {**values, **hints})
    lists_of_terms = {REPEATABLE[name]: given for name, given in lists.items()}
    return Stated(options, _validated(Terms, {**terms, **lists_of_terms}), filename)


def _validated(model: type[Model], values: dict[str, object]) -> Model:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        listed = error.errors(include_url=False)[:MOST_FAULTS]
        faults = [_fault(each, model) for each in listed]
        raise InvalidOption.of(*faults, total=error.error_count()) from None


def _fault(error: ErrorDetails, model: type[BaseModel]) -> tuple[str, str]:
    name, *part = error["loc"]
    if error["type"] == "extra_forbidden":
        return str(name), f"unknown option; choose from {', '.join(KNOWN)}"
    parameter = next((given for given, field in REPEATABLE.items() if field == name), str(name))
    return parameter, describe_location(part) + describe_error(error, model)


def _parse_hints(text: str) -> list[dict[str, str]]:
    """`X,Y,RRGGBB`, with a `;` between hints. The `#` may be left out: in a URL it would end the query."""
    fields = ("x", "y", "color")
    try:
        hints = [dict(zip(fields, point.split(","), strict=True)) for point in text.split(";")]
    except ValueError:
        raise InvalidOption.of(("hints", "write each hint as X,Y,RRGGBB, and a ; between hints")) from None
    return [{**hint, "color": f"#{hint['color'].removeprefix('#')}"} for hint in hints]
