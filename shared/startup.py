"""Reading settings at the start of a process: one sentence for what is missing or invalid, and no secret in it."""

import os
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ByteSize, ValidationError
from pydantic_settings import BaseSettings, SettingsError

from shared.environment import PREFIX, unknown_variables, variables_of
from shared.errors import PhotochromError

Settings = TypeVar("Settings", bound=BaseSettings)
# Values of these types are shown; any other may be a secret or contain one.
HARMLESS = (bool, int, float, ByteSize)


class InvalidSettings(PhotochromError):
    """Variables are missing or invalid."""

    code = "invalid_settings"


def read_settings(settings: type[Settings]) -> Settings:
    """From the environment. Raise InvalidSettings, which names every variable that is missing or invalid."""
    try:
        return settings()
    except ValidationError as error:
        raise InvalidSettings("; ".join(problems(settings, error))) from None  # The cause would show values.
    except SettingsError as error:
        raise InvalidSettings(str(error)) from error


def problems(settings: type[BaseModel], error: ValidationError) -> list[str]:
    """What is missing or invalid, each in one sentence."""
    return [sentence for each in error.errors(include_url=False) for sentence in _describe(settings, each)]


def required_variables(settings: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """Each variable without a default, and what it is."""
    for variable, field in variables_of(settings):
        if field.is_required():
            yield variable, field.description or ""


def process_parser(
    program: str, text: str, settings: type[BaseModel], *, examples: Sequence[str], often_set: Sequence[str] = ()
) -> ArgumentParser:
    """For a process: its `--help` ends with examples, the variables that it needs, and these, which are often set."""
    described = {variable: field.description or "" for variable, field in variables_of(settings)}
    needed = dict(required_variables(settings))
    lines = ["examples:", *(f"  {example}" for example in examples), ""]
    lines += ["variables that it needs (with _FILE appended, a variable names a file that contains the value):"]
    lines += [f"  {variable:<42} {described[variable]}" for variable in needed]
    if often_set:
        lines += ["", "often set:", *(f"  {variable:<42} {described[variable]}" for variable in often_set)]
    lines += ["", "All variables: docs/settings.md, or photochrom-admin settings."]
    return ArgumentParser(
        prog=program, description=text, epilog="\n".join(lines), formatter_class=RawDescriptionHelpFormatter
    )


def _describe(settings: type[BaseModel], error: Any) -> Iterator[str]:
    variable = PREFIX + "__".join(str(step).upper() for step in error["loc"])
    if error["type"] == "missing":
        yield from (
            _missing(settings, name, text)
            for name, text in required_variables(settings)
            if name == variable or name.startswith(f"{variable}__")
        )
        return
    message = error["msg"].removeprefix("Value error, ")
    field = dict(variables_of(settings)).get(variable)
    shown = f", not {error['input']!r}" if field and field.annotation in HARMLESS else ""
    yield f"{variable}: {message}{shown}" if error["loc"] else message


def _missing(settings: type[BaseModel], variable: str, description: str) -> str:
    unknown = unknown_variables(settings, os.environ)
    misspelled = [name for name, similar in unknown.items() if similar == [variable]]
    instead = f"; {misspelled[0]} is set, but unknown" if misspelled else ""
    return f"{variable} is not set ({description}){instead}"
