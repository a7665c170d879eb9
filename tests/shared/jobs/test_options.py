"""The options of a job."""

import pytest
from pydantic import ValidationError

from shared.jobs.options import Options


@pytest.mark.parametrize(("alias", "form"), [("jpg", "jpeg"), ("tif", "tiff")])
def test_a_format_may_be_named_by_its_extension(alias: str, form: str) -> None:
    assert Options.model_validate({"format": alias}) == Options.model_validate({"format": form})


def test_no_other_name_of_a_format_is_accepted() -> None:
    with pytest.raises(ValidationError):
        Options.model_validate({"format": "jpe"})
