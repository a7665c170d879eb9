"""Links in answers: one is there when it can be followed, and else is left out."""

from typing import Annotated

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

Link = Annotated[str | SkipJsonSchema[None], Field(exclude_if=lambda link: link is None)]
