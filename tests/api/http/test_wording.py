"""What pydantic finds wrong, as the gateway says it."""

from typing import Any

import pytest
from pydantic import ValidationError

from api.http.wording import part_of, wording
from shared.jobs.options import Options


def said(**options: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        Options.model_validate(options)
    (found,) = caught.value.errors()
    return part_of(found["loc"][1:]) + wording(found, Options)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"vividness": "9"}, "Input should be less than or equal to 1.5, not '9'"),
        ({"vividness": "vivid"}, "Input should be a valid number, not 'vivid'"),
        ({"format": "gif"}, "Input should be 'same', 'jpeg', 'png', 'tiff', 'webp' or 'avif', not 'gif'"),
        ({"quality": 0}, "Input should be greater than or equal to 1, not 0"),
        ({"quality": 90, "format": "png"}, "a png is written without loss and has none"),
        ({"model": "x" * 65}, "String should have at most 64 characters"),
        ({"seed": "9" * 60}, f"Input should be less than or equal to 4294967295, not '{'9' * 39}…"),
        ({"hints": [{"x": 0, "y": 0, "color": "red"}]}, "color of number 1: Input should be like #b03020, not 'red'"),
        ({"hints": [{"x": 0, "y": 0}]}, "color of number 1: Field required"),
        ({"hints": [1]}, "number 1: Input should be a valid dictionary or instance of Hint, not 1"),
    ],
)
def test_what_is_wrong_is_said_with_its_part_and_what_came_instead(options: dict[str, Any], sentence: str) -> None:
    assert said(**options) == sentence
