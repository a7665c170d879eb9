"""Uploads in parts: what clients send and what they see."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, FailFast, Field

from api.examples import PART, UPLOAD, UPLOAD_ID, documented_by
from api.http.links import Link
from api.http.timestamps import Timestamp
from shared.lengths import at_most
from shared.uploads import store
from shared.uploads.store import UploadState

MOST_PARTS = 10_000


class NewUpload(BaseModel):
    """A file to upload."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"filename": "scans.zip", "bytes": 1846120448}]}
    )

    filename: str | None = Field(default=None, description="the file's name, kept up to 1 KB")
    bytes: int = Field(gt=0, description="its exact size")


class Part(BaseModel):
    """Where to PUT one part. A URL that is a path leads to the gateway; any other is signed, so send no key with it."""

    number: int = Field(description="from 1")
    bytes: int = Field(description="its exact size")
    url: str


class UploadLinks(BaseModel):
    """What can be requested next."""

    self: str
    parts: Link = None
    complete: Link = None
    job: Link = None


class Upload(BaseModel):
    model_config = documented_by(UPLOAD)

    id: str = Field(examples=[UPLOAD_ID])
    state: UploadState = Field(
        description="`open` while parts are missing; `completed`; `used` once it belongs to a job"
    )
    filename: str | None
    bytes: int
    part_bytes: int = Field(description="of every part except the last")
    part_count: int
    media_type: str | None = Field(description="detected from its first bytes once it is completed; null if unknown")
    created_at: Timestamp
    expires_at: Timestamp | None = Field(description="when it is removed unless a job uses it")
    links: UploadLinks

    @classmethod
    def of(cls, upload: store.Upload) -> "Upload":
        return cls(**_fields(upload))


class PartPage(BaseModel):
    """Some parts, and when their URLs expire."""

    model_config = documented_by({"data": [PART], "next_cursor": None, "expires_at": UPLOAD["created_at"]})

    data: list[Part]
    next_cursor: str | None = Field(description="pass it as `after` for the next page; null on the last one")
    expires_at: Timestamp = Field(description="when the URLs expire; request the page again after that")


class BegunUpload(Upload):
    """A new upload, with the first page of its parts."""

    model_config = documented_by(
        {**UPLOAD, "parts": {"data": [PART], "next_cursor": None, "expires_at": UPLOAD["created_at"]}}
    )

    parts: PartPage

    @classmethod
    def with_parts(cls, upload: store.Upload, page: PartPage) -> "BegunUpload":
        return cls(**_fields(upload), parts=page)


class SentPart(BaseModel):
    """A part that was sent, with the `ETag` of the answer to its PUT."""

    model_config = ConfigDict(extra="forbid")

    number: int = Field(ge=1, le=MOST_PARTS)
    etag: Annotated[str, Field(max_length=256, pattern=r"^[!-~]+$")]


class Completion(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"parts": [{"number": 1, "etag": '"5d41402abc4b2a76b9719d911017c592"'}]}]},
    )

    parts: Annotated[list[SentPart], FailFast(), at_most(MOST_PARTS)] = Field(min_length=1, max_length=MOST_PARTS)


def upload_path(upload_id: str) -> str:
    return f"/v1/uploads/{upload_id}"


def _fields(upload: store.Upload) -> dict[str, Any]:
    path, is_open = upload_path(upload.id), upload.state is UploadState.OPEN
    links = UploadLinks(
        self=path,
        parts=f"{path}/parts" if is_open else None,
        complete=f"{path}/complete" if is_open else None,
        job=f"/v1/jobs/{upload.job}" if upload.job else None,
    )
    names = ("id", "state", "filename", "bytes", "part_bytes", "part_count", "media_type", "created_at", "expires_at")
    return {**{name: getattr(upload, name) for name in names}, "links": links}
