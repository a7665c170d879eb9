"""Links in answers. A link that cannot be followed now is left out."""

from typing import Annotated

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

Link = Annotated[str | SkipJsonSchema[None], Field(exclude_if=lambda link: link is None)]
