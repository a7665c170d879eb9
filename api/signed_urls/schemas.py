"""A signed URL: what clients send and what they see."""

from pydantic import BaseModel, ConfigDict, Field

from api.examples import JOB_ID, SIGNED_URL, documented_by
from api.http.timestamps import Timestamp

MAX_SECONDS = 7 * 24 * 3600


class SignedUrlRequest(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"path": f"/v1/jobs/{JOB_ID}/results.zip", "seconds": 3600}]},
    )

    path: str = Field(
        max_length=512,
        pattern="^/v1/jobs/",
        description="of a result, a source, `results.zip` or a report; with its query, such as `?variant=2`",
    )
    seconds: int = Field(default=3600, ge=1, le=MAX_SECONDS, description="how long it is valid; at most a week")


class SignedUrl(BaseModel):
    model_config = documented_by(SIGNED_URL)

    url: str = Field(description="whoever has it can download from it")
    expires_at: Timestamp
