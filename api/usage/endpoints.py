"""`GET /v1/usage`: what the caller's jobs and uploads occupy, and the limits of the key."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.dependencies import GatewayOf
from api.examples import documented_by
from api.http.problems import declare
from shared.errors import Unavailable

router = APIRouter(prefix="/usage", tags=["jobs"])

USAGE = {
    "owner": "museum",
    "stored_bytes": 184612044800,
    "announced_bytes": 2381442,
    "stored_bytes_limit": 1000000000000,
}


class Usage(BaseModel):
    model_config = documented_by(USAGE)

    owner: str = Field(description="of the key")
    stored_bytes: int = Field(
        description="of the sources that the owner's jobs brought along, of their results, and of uploads that no job "
        "uses yet; as of the last 15 seconds"
    )
    announced_bytes: int = Field(
        description="those of `stored_bytes` that belong to uploads that are not complete: they count as announced, "
        "however many have arrived"
    )
    stored_bytes_limit: int | None = Field(description="of the key; null: none")


@router.get("", summary="Get how much is stored", responses=declare(Unavailable))
async def get_usage(gateway: GatewayOf) -> Usage:
    """What the owner keeps, and how much that may be. A source that several jobs share counts once."""
    caller = gateway.caller
    stored = await gateway.admission.stored(caller)
    return Usage(
        owner=caller.owner,
        stored_bytes=stored.all,
        announced_bytes=stored.announced,
        stored_bytes_limit=caller.limits.stored_bytes,
    )
