"""The answer to a dry run."""

from pydantic import BaseModel, Field

from api.examples import DRY_RUN, documented_by


class DryRun(BaseModel):
    """Estimated values are extrapolated from an evenly spread sample of the pictures."""

    model_config = documented_by(DRY_RUN)

    items: int = Field(description="pictures that would be processed")
    skipped: int = Field(description="entries that are not pictures, or are known to be unreadable")
    missing: int = Field(description="how many of the sampled pictures do not exist")
    bytes: int | None = Field(description="total size of the pictures as stored; estimated for a manifest")
    megapixels: float | None = Field(description="total of the pictures, estimated; null if no header could be read")
    sampled: int = Field(description="how many pictures were examined")
    complete: bool = Field(description="false if counting took too long and stopped early")
    estimated_seconds: float | None = Field(description="from the start of processing; null without a basis")
    basis: str = Field(description="what the estimated time is based on, or why there is no estimate")
