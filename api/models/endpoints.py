"""`GET /v1/models`."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.dependencies import GatewayOf
from api.examples import shown_as

router = APIRouter(tags=["models"])


_EXAMPLE = {
    "id": "base",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "default": True,
    "hints": True,
    "description": "For photographs of any kind: people, streets, landscapes.",
}


class Model(BaseModel):
    id: str = Field(description="what the option `model` takes")
    sha256: str = Field(description="of the weights")
    default: bool = Field(description="whether a job that names no model gets this one")
    hints: bool = Field(description="whether it takes the option `hints`")
    description: str = Field(description="what it is for, or came from, as its card says")


class Models(BaseModel):
    model_config = shown_as({"data": [_EXAMPLE]})

    data: list[Model]


@router.get("/models", summary="List the models")
async def list_models(gateway: GatewayOf) -> Models:
    """Every model that a job may name."""
    return Models(
        data=[
            Model(
                id=card.name,
                sha256=card.sha256,
                default=card is gateway.catalogue.default,
                hints=card.takes_hints,
                description=card.description,
            )
            for card in gateway.catalogue.cards.values()
        ]
    )
