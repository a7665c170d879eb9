"""Files that are uploaded part by part, as clients see them and speak of them."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from api.examples import PART, UPLOAD, UPLOAD_ID, shown_as
from api.http.links import Link
from api.http.timestamps import Timestamp
from shared.uploads import store
from shared.uploads.store import UploadState


class NewUpload(BaseModel):
    """A file to come."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"filename": "scans.zip", "bytes": 1846120448}]}
    )

    filename: str | None = Field(default=None, description="what the file is called; at most 1 KB of it is kept")
    bytes: int = Field(gt=0, description="exactly how long it is")


class Part(BaseModel):
    """Where to PUT one part. A URL that is a path is the gateway's own; any other needs no key, and is to get none."""

    number: int = Field(description="from 1")
    bytes: int = Field(description="exactly how long it is")
    url: str


class UploadLinks(BaseModel):
    """Where to go from here."""

    self: str
    parts: Link = None
    complete: Link = None
    job: Link = None


class Upload(BaseModel):
    model_config = shown_as(UPLOAD)

    id: str = Field(examples=[UPLOAD_ID])
    state: UploadState = Field(description="`open` while parts are missing; `completed`; `used` once a job has it")
    filename: str | None
    bytes: int
    part_bytes: int = Field(description="of every part but the last")
    part_count: int
    media_type: str | None = Field(description="what it begins as, once it is completed; null for nothing known")
    created_at: Timestamp
    expires_at: Timestamp | None = Field(description="when it is removed if nobody comes back for it")
    links: UploadLinks

    @classmethod
    def of(cls, upload: store.Upload) -> "Upload":
        return cls(**_said(upload))


class PartPage(BaseModel):
    """Some parts, and until when they can be sent there."""

    model_config = shown_as({"data": [PART], "next_cursor": None, "expires_at": UPLOAD["created_at"]})

    data: list[Part]
    next_cursor: str | None = Field(description="give it as `after` to go on; null at the end")
    expires_at: Timestamp = Field(description="ask again afterwards")


class BegunUpload(Upload):
    """`parts` are the first ones, or all."""

    model_config = shown_as(
        {**UPLOAD, "parts": {"data": [PART], "next_cursor": None, "expires_at": UPLOAD["created_at"]}}
    )

    parts: PartPage

    @classmethod
    def with_parts(cls, upload: store.Upload, page: PartPage) -> "BegunUpload":
        return cls(**_said(upload), parts=page)


class SentPart(BaseModel):
    """What the answer to its PUT said in `ETag`."""

    model_config = ConfigDict(extra="forbid")

    number: int = Field(ge=1, le=10_000)
    etag: Annotated[str, Field(max_length=256, pattern=r"^[!-~]+$")]


class Completion(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"parts": [{"number": 1, "etag": '"5d41402abc4b2a76b9719d911017c592"'}]}]},
    )

    parts: list[SentPart] = Field(min_length=1, max_length=10_000)


def upload_path(upload_id: str) -> str:
    return f"/v1/uploads/{upload_id}"


def _said(upload: store.Upload) -> dict[str, Any]:
    path, is_open = upload_path(upload.id), upload.state is UploadState.OPEN
    links = UploadLinks(
        self=path,
        parts=f"{path}/parts" if is_open else None,
        complete=f"{path}/complete" if is_open else None,
        job=f"/v1/jobs/{upload.job}" if upload.job else None,
    )
    names = ("id", "state", "filename", "bytes", "part_bytes", "part_count", "media_type", "created_at", "expires_at")
    return {**{name: getattr(upload, name) for name in names}, "links": links}
