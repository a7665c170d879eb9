"""A job as JSON: its source is in object storage already, so the request only names it."""

from pathlib import PurePosixPath
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from api.examples import JOB_ID, UPLOAD_ID
from shared.jobs import documents
from shared.jobs.documents import ManifestFormat
from shared.jobs.options import Options
from shared.jobs.terms import Terms
from shared.lengths import at_most
from shared.storage.keys import is_plain_key

MOST_UPLOADS = 1000
MOST_ITEMS = 1000

UploadId = Annotated[str, Field(max_length=64, examples=[UPLOAD_ID])]
Bucket = Annotated[str, Field(min_length=1, max_length=63, description="one that the operator allows")]
FORMATS = {".csv": ManifestFormat.CSV, ".jsonl": ManifestFormat.JSONL, ".ndjson": ManifestFormat.JSONL}


class _Source(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _plain_key(key: str) -> str:
    if key and not is_plain_key(key):
        raise ValueError("must not exceed 1024 bytes, or contain `.` or `..` as a folder, or control characters")
    return key


class UploadSource(_Source):
    """One uploaded file, a picture or an archive, treated like a body."""

    type: Literal["upload"]
    upload: UploadId

    @property
    def ids(self) -> list[str]:
        return [self.upload]


class UploadsSource(_Source):
    """Several uploaded pictures as one job, in this order."""

    type: Literal["uploads"]
    uploads: Annotated[list[UploadId], at_most(MOST_UPLOADS)] = Field(min_length=1, max_length=MOST_UPLOADS)

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        if len(set(self.uploads)) < len(self.uploads):
            raise ValueError("an upload is listed twice; list each once")
        return self

    @property
    def ids(self) -> list[str]:
        return self.uploads


class PrefixSource(_Source):
    """Every object of a bucket whose key starts with `prefix`, as listed when the job is expanded."""

    type: Literal["s3_prefix"]
    bucket: Bucket
    prefix: Annotated[str, AfterValidator(_plain_key)] = Field(description="`scans/1931/`; empty for the whole bucket")

    def stored(self) -> documents.PrefixSource:
        return documents.PrefixSource(bucket=self.bucket, prefix=self.prefix)


class ManifestSource(_Source):
    """The objects of a bucket that a manifest lists. The manifest is the object `key` in the same bucket: it has a row
    for each object, with its `key` and any further columns, which are returned in the report.
    """

    type: Literal["manifest"]
    bucket: Bucket
    key: Annotated[str, AfterValidator(_plain_key)] = Field(min_length=1)
    format: ManifestFormat | None = Field(default=None, description="by default from the extension of the key")

    @model_validator(mode="after")
    def _has_a_format(self) -> Self:
        if self.format is None and PurePosixPath(self.key).suffix.lower() not in FORMATS:
            raise ValueError("the key has no known extension; set `format` to csv or jsonl")
        return self

    def stored(self) -> documents.ManifestSource:
        manifest_format = self.format or FORMATS[PurePosixPath(self.key).suffix.lower()]
        return documents.ManifestSource(bucket=self.bucket, key=self.key, format=manifest_format)


ItemIndex = Annotated[int, Field(ge=0, lt=2**31)]


class JobSource(_Source):
    """The pictures of another job, colorized once more: nothing is uploaded or copied."""

    type: Literal["job"]
    job: Annotated[str, Field(max_length=64, examples=[JOB_ID])]
    items: Annotated[list[ItemIndex], at_most(MOST_ITEMS), AfterValidator(lambda items: sorted(set(items)))] | None = (
        Field(
            default=None,
            min_length=1,
            max_length=MOST_ITEMS,
            description="indexes of its items, which the new job numbers from 0 in ascending order; null for all",
        )
    )


AnySource = UploadSource | UploadsSource | PrefixSource | ManifestSource | JobSource

_EXAMPLES: list[Any] = [
    {
        "source": {"type": "s3_prefix", "bucket": "scans", "prefix": "1931/"},
        "options": {"vividness": 0.8},
        "labels": ["fonds=1931"],
    },
    {"source": {"type": "manifest", "bucket": "scans", "key": "lists/1931.csv"}, "dry_run": True},
    {
        "source": {"type": "upload", "upload": UPLOAD_ID},
        "options": {"hints": [{"x": 0.31, "y": 0.4, "color": "#b03020"}]},
    },
    {
        "source": {"type": "uploads", "uploads": [UPLOAD_ID, "upl_01JDC5GCV4N9S0E6H1Y7PKM3QA"]},
        "options": {"variants": 3, "seed": 7},
    },
    {"source": {"type": "job", "job": JOB_ID, "items": [3, 17]}, "options": {"vividness": 1.2}},
]


class JobRequest(Terms):
    """The JSON body of `POST /v1/jobs`."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": _EXAMPLES})

    source: AnySource = Field(discriminator="type")
    options: Options = Options()
    dry_run: bool = Field(default=False, description="count and estimate only: no job is created, nothing is stored")

    @property
    def terms(self) -> Terms:
        stated = self.model_fields_set & Terms.model_fields.keys()
        return Terms.model_validate({name: getattr(self, name) for name in stated})
