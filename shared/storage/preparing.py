"""Preparing the service's bucket, once, before the first start. The service itself never needs such rights."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.settings import StorageSettings
from shared.storage.errors import StorageRefused
from shared.storage.s3_clients import S3Clients
from shared.storage.s3_errors import translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CreateBucketConfigurationTypeDef

# The only region that a new bucket must not name.
DEFAULT_REGION = "us-east-1"
CORS_SECONDS = 3600


def prepare_bucket(settings: StorageSettings, origins: Sequence[str]) -> bool:
    """Create the bucket if it is missing, and let pages of these origins read and upload with presigned URLs.

    Returns whether it was created. Harmless to repeat. Raises StorageUnavailable, StorageRefused.
    """
    clients = S3Clients.connect(settings, connections=1)
    try:
        created = _create_missing(clients.default, settings)
        if origins:
            _allow_origins(clients.default, settings.bucket, origins)
        return created
    finally:
        clients.close()


@dataclass(frozen=True, slots=True)
class PageRule:
    """What pages of these origins may do: methods, and the headers that they can read, in lower case."""

    origins: tuple[str, ...]
    methods: tuple[str, ...]
    exposed: tuple[str, ...]


def page_rules(settings: StorageSettings) -> list[PageRule]:
    """The CORS rules of the bucket. Raises StorageUnavailable, and StorageRefused also where there are none."""
    clients = S3Clients.connect(settings, connections=1)
    try:
        with translated(""):
            rules = clients.default.get_bucket_cors(Bucket=settings.bucket)["CORSRules"]
    finally:
        clients.close()
    return [
        PageRule(
            tuple(rule["AllowedOrigins"]),
            tuple(rule["AllowedMethods"]),
            tuple(header.lower() for header in rule.get("ExposeHeaders", [])),
        )
        for rule in rules
    ]


def _create_missing(client: "S3Client", settings: StorageSettings) -> bool:
    try:
        with translated(""):
            client.head_bucket(Bucket=settings.bucket)
    except StorageRefused:  # Missing, or it belongs to someone else: creating it tells.
        with translated(""):
            _create(client, settings)
        return True
    return False


def _create(client: "S3Client", settings: StorageSettings) -> None:
    if settings.region == DEFAULT_REGION:
        client.create_bucket(Bucket=settings.bucket)
    else:
        location: CreateBucketConfigurationTypeDef = {"LocationConstraint": settings.region}  # type: ignore[typeddict-item]
        client.create_bucket(Bucket=settings.bucket, CreateBucketConfiguration=location)


def _allow_origins(client: "S3Client", bucket: str, origins: Sequence[str]) -> None:
    """A page needs the ETag of every part that it uploads."""
    with translated(""):
        client.put_bucket_cors(
            Bucket=bucket,
            CORSConfiguration={
                "CORSRules": [
                    {
                        "AllowedOrigins": list(origins),
                        "AllowedMethods": ["GET", "HEAD", "PUT"],
                        "AllowedHeaders": ["*"],
                        "ExposeHeaders": ["ETag"],
                        "MaxAgeSeconds": CORS_SECONDS,
                    }
                ]
            },
        )
