"""`GET /v1/models`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from api.models.catalogue import Catalogue
from api.models.schemas import Model, Models

router = APIRouter(tags=["models"])


async def catalogue_of(request: Request) -> Catalogue:
    catalogue: Catalogue = request.app.state.catalogue
    return catalogue


@router.get("/models", summary="List the models")
async def list_models(catalogue: Annotated[Catalogue, Depends(catalogue_of)]) -> Models:
    """Every model that a job may name."""
    return Models(
        data=[
            Model(
                id=card.name,
                sha256=card.sha256,
                default=card is catalogue.default,
                hints=card.takes_hints,
                description=card.description,
            )
            for card in catalogue.cards.values()
        ]
    )
