"""Options from the strings of a query or a form."""

from collections.abc import Iterable

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from api.http.filenames import base_name
from api.http.wording import part_of, wording
from api.options.errors import InvalidOption
from shared.jobs.options import Options


def parse_options(pairs: Iterable[tuple[str, str]]) -> tuple[Options, str | None]:
    """Options and `filename`. Raises InvalidOption, which names each that is wrong."""
    given: dict[str, str] = {}
    for name, value in pairs:
        if name == "dry_run":
            raise InvalidOption.of(
                (name, "a body would have to be stored for it; upload it, and name it as a `source` in JSON")
            )
        if name in given:
            raise InvalidOption.of((name, "given twice"))
        given[name] = value
    filename = base_name(given.pop("filename", ""))
    hints = {"hints": _parse_hints(given.pop("hints"))} if "hints" in given else {}
    try:
        options = Options.model_validate({**given, **hints})
    except ValidationError as error:
        raise InvalidOption.of(*map(_fault, error.errors())) from None
    return options, filename


def _fault(error: ErrorDetails) -> tuple[str, str]:
    option, *part = error["loc"]
    if error["type"] == "extra_forbidden":
        return str(option), f"unknown; known are {', '.join(['filename', *Options.model_fields])}"
    return str(option), part_of(part) + wording(error, Options)


def _parse_hints(text: str) -> list[dict[str, str]]:
    """`X,Y,RRGGBB`, with a `;` between hints. The `#` may be left out: in a URL it would end the query."""
    fields = ("x", "y", "color")
    try:
        hints = [dict(zip(fields, point.split(","), strict=True)) for point in text.split(";")]
    except ValueError:
        raise InvalidOption.of(("hints", "written as X,Y,RRGGBB, with a ; before each further one")) from None
    return [{**hint, "color": f"#{hint['color'].removeprefix('#')}"} for hint in hints]
