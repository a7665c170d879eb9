"""Parsing options from the strings of a query or a form."""

from collections.abc import Iterable

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from api.http.filenames import base_name
from api.http.wording import MOST_FAULTS, describe_error, describe_location
from api.options.errors import InvalidOption
from shared.jobs.options import Options


def parse_options(pairs: Iterable[tuple[str, str]]) -> tuple[Options, str | None]:
    """Options and `filename`. Raises InvalidOption, which names each that is wrong."""
    values: dict[str, str] = {}
    for name, value in pairs:
        if name == "dry_run":
            raise InvalidOption.of(
                (name, "not available for a body, which would have to be stored; upload it, then submit it as JSON")
            )
        if name in values:
            raise InvalidOption.of((name, "given twice; give it once"))
        values[name] = value
    filename = base_name(values.pop("filename", ""))
    hints = {"hints": _parse_hints(values.pop("hints"))} if "hints" in values else {}
    try:
        options = Options.model_validate({**values, **hints})
    except ValidationError as error:
        listed = error.errors(include_url=False)[:MOST_FAULTS]
        raise InvalidOption.of(*map(_fault, listed), total=error.error_count()) from None
    return options, filename


def _fault(error: ErrorDetails) -> tuple[str, str]:
    option, *part = error["loc"]
    if error["type"] == "extra_forbidden":
        return str(option), f"unknown option; choose from {', '.join(['filename', *Options.model_fields])}"
    return str(option), describe_location(part) + describe_error(error, Options)


def _parse_hints(text: str) -> list[dict[str, str]]:
    """`X,Y,RRGGBB`, with a `;` between hints. The `#` may be left out: in a URL it would end the query."""
    fields = ("x", "y", "color")
    try:
        hints = [dict(zip(fields, point.split(","), strict=True)) for point in text.split(";")]
    except ValueError:
        raise InvalidOption.of(("hints", "write each hint as X,Y,RRGGBB, and a ; between hints")) from None
    return [{**hint, "color": f"#{hint['color'].removeprefix('#')}"} for hint in hints]
