"""Validation errors of pydantic, as sentences."""

from typing import Any

import pytest
from pydantic import ValidationError

from api.http.wording import describe_error, describe_location
from shared.jobs.options import Options


def describe(**options: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        Options.model_validate(options)
    (error,) = caught.value.errors()
    return describe_location(error["loc"][1:]) + describe_error(error, Options)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"vividness": "9"}, "Input should be less than or equal to 1.5, not '9'"),
        ({"vividness": "vivid"}, "Input should be a valid number, not 'vivid'"),
        ({"format": "gif"}, "unknown value 'gif'; choose same, jpeg, png, tiff, webp or avif"),
        ({"quality": 0}, "Input should be greater than or equal to 1, not 0"),
        ({"quality": 90, "format": "png"}, "a png is written without loss and has none"),
        ({"model": "x" * 65}, "String should have at most 64 characters"),
        ({"seed": "9" * 60}, f"Input should be less than or equal to 4294967295, not '{'9' * 39}…"),
        ({"hints": [{"x": 0, "y": 0, "color": "red"}]}, "color of entry 1: Input should be like #b03020, not 'red'"),
        ({"hints": [{"x": 0, "y": 0}]}, "color of entry 1: Field required"),
        ({"hints": [1]}, "entry 1: Input should be a valid dictionary or instance of Hint, not 1"),
    ],
)
def test_an_error_names_the_part_the_rule_and_the_value(options: dict[str, Any], sentence: str) -> None:
    assert describe(**options) == sentence
