"""A model as clients see it."""

from pydantic import BaseModel, Field

from api.examples import MODEL, documented_by


class Model(BaseModel):
    id: str = Field(description="the value of the option `model`")
    sha256: str = Field(description="of the weights")
    default: bool = Field(description="whether jobs that name no model get this one")
    hints: bool = Field(description="whether it supports the option `hints`")
    description: str = Field(description="what it is for or where it comes from, from its card")


class Models(BaseModel):
    model_config = documented_by({"data": [MODEL]})

    data: list[Model]
