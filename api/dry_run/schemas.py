"""What a dry run says."""

from pydantic import BaseModel, Field

from api.examples import DRY_RUN, shown_as


class DryRun(BaseModel):
    """What is estimated is what the pictures of an evenly spread sample say of all."""

    model_config = shown_as(DRY_RUN)

    items: int = Field(description="pictures that would be worked on")
    skipped: int = Field(description="what is no picture, or is known to be unreadable")
    missing: int = Field(description="how many of those sampled are not there")
    bytes: int | None = Field(description="of the pictures, as they lie there; estimated where a manifest names them")
    megapixels: float | None = Field(description="of the pictures, estimated; null where no header could be read")
    sampled: int = Field(description="how many pictures were looked at")
    complete: bool = Field(description="false where there is more than could be counted in time")
    estimated_seconds: float | None = Field(description="from when it is its turn; null: nothing to go by")
    basis: str = Field(description="what the estimated time goes by, or why there is none")
