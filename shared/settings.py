"""Groups of settings that several processes need. Each process composes its own; nothing is read at import.

Every field is read from `PHOTOCHROM_<GROUP>__<FIELD>`, e.g. `PHOTOCHROM_MONGO__URL`, or from the file that
`PHOTOCHROM_<GROUP>__<FIELD>_FILE` names.
"""

import json
from typing import Annotated, Any, Self
from urllib.parse import quote, urlsplit

from pydantic import BaseModel, ByteSize, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode

from shared.environment import EnvironmentSettings


class ServerSettings(BaseModel):
    """A server whose password may be part of its URL, or separate: often only the password is a secret."""

    url: SecretStr
    password: SecretStr | None = Field(default=None, description="password, if it is not part of the URL")

    def full_url(self) -> str:
        """With the password. Secret."""
        url = self.url.get_secret_value()
        if self.password is None:
            return url
        user, _, hosts = urlsplit(url).netloc.rpartition("@")
        secret = quote(self.password.get_secret_value(), safe="")
        return urlsplit(url)._replace(netloc=f"{user}:{secret}@{hosts}").geturl()

    @model_validator(mode="after")
    def _check_password(self) -> Self:
        if self.password and ":" in urlsplit(self.url.get_secret_value()).netloc.rpartition("@")[0]:
            raise ValueError("url and password both contain a password; remove one of them")
        return self


class MongoSettings(ServerSettings):
    url: SecretStr = Field(description="mongodb:// URL of the store")
    database: str = Field(default="photochrom", description="name of the database")
    timeout_seconds: float = Field(default=5.0, description="timeout for connecting and for choosing a server")


class RedisSettings(ServerSettings):
    url: SecretStr = Field(description="redis:// URL of the queue")


class StorageSettings(BaseModel):
    """S3, or a server that speaks its portable subset."""

    bucket: str = Field(default="photochrom", description="the service's bucket; it must exist")
    endpoint_url: str | None = Field(default=None, description="URL of the server; if unset, AWS")
    public_endpoint_url: str | None = Field(
        default=None,
        description="the endpoint for clients; if unset, the gateway streams results itself",
    )
    region: str = Field(default="us-east-1", description="the bucket's region, part of the signature")
    access_key_id: SecretStr = Field(description="id of the key that reads and writes the bucket")
    secret_access_key: SecretStr = Field(description="the key itself")
    path_style: bool = Field(default=True, description="bucket in the path (`/bucket/key`), not in the host name")
    timeout_seconds: float = Field(default=30.0, gt=0, description="without data, then a request is retried")
    reserve_bytes: ByteSize | None = Field(
        default=None,
        description="free space that the embedded bucket leaves on its disk; by default a twentieth of the disk, at "
        "least 64 MiB and at most 1 GiB",
    )


class BucketSettings(BaseModel):
    """A bucket that belongs to someone else. Fields that are not set are those of the service's bucket."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=3, max_length=63)
    endpoint_url: str | None = None
    region: str | None = None
    access_key_id: SecretStr | None = None
    secret_access_key: SecretStr | None = None
    path_style: bool | None = None
    # Whose jobs may read it. None: everyone's.
    owners: list[str] | None = None

    @model_validator(mode="before")
    @classmethod
    def _accept_name_only(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _check_credentials(self) -> Self:
        if (self.access_key_id is None) != (self.secret_access_key is None):
            raise ValueError(f"bucket {self.name!r}: set both access_key_id and secret_access_key, or neither")
        if self.endpoint_url is not None and self.access_key_id is None:
            raise ValueError(
                f"bucket {self.name!r}: endpoint_url is another server, so set access_key_id and secret_access_key: "
                "the key of the service's bucket is never sent to another server"
            )
        return self

    def storage(self, base: StorageSettings) -> StorageSettings:
        """The settings of this bucket; `base` are those of the service's bucket."""
        values = {
            name: getattr(self, name) for name in BucketSettings.model_fields.keys() & StorageSettings.model_fields
        }
        given = {name: value for name, value in values.items() if value is not None}
        return base.model_copy(update={"bucket": self.name, **given})


class SourcesSettings(BaseModel):
    """The buckets that jobs may read."""

    # Not decoded by pydantic-settings, so that malformed JSON is reported like any other invalid setting.
    buckets: Annotated[list[BucketSettings], NoDecode] = Field(
        default=[],
        description="JSON: the buckets that jobs may read, each as its name, or as an object with `name` and, where it "
        "differs from the service's bucket, `endpoint_url`, `region`, `access_key_id`, `secret_access_key`, "
        "`path_style`. With `owners`, only the jobs of these may read it",
    )

    @field_validator("buckets", mode="before")
    @classmethod
    def _decode_json(cls, value: Any) -> Any:
        try:
            return json.loads(value) if isinstance(value, str) else value
        except ValueError:
            raise ValueError('is not JSON; write it as ["one-bucket", "another-bucket"]') from None

    @model_validator(mode="after")
    def _check_names_are_unique(self) -> Self:
        names = [bucket.name for bucket in self.buckets]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"bucket {name!r} is listed more than once")
        return self


class LeaseSettings(BaseModel):
    """How long a lease lasts, and how often it is renewed."""

    seconds: float = Field(default=30.0, gt=0, description="how long a worker keeps a chunk without renewing its lease")
    renew_seconds: float = Field(default=10.0, gt=0, description="interval of renewals; less than `seconds`")
    grace_seconds: float = Field(
        default=90.0,
        ge=0,
        description="how long after a delete the job's objects are removed: a lease, plus the time for which a worker "
        "that has lost it may still be storing a result",
    )

    @model_validator(mode="after")
    def _check_renewal(self) -> Self:
        if self.renew_seconds >= self.seconds:
            raise ValueError(
                f"renew_seconds is {self.renew_seconds:g}; it must be less than seconds, {self.seconds:g}, "
                "or leases expire before they are renewed"
            )
        return self


class DispatchSettings(BaseModel):
    window: int = Field(default=4, ge=1, description="how many messages of one job may wait in the queue")
    chunk_items: int = Field(default=64, ge=1, le=512, description="pictures per chunk of a new job")


class MetricsSettings(BaseModel):
    """Where this process shows its metrics. They name no owner and no picture, but nobody else needs to see them."""

    port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        description="port for `/metrics` of this process; if unset, there is none; 0 chooses a free one",
    )
    host: str = Field(default="127.0.0.1", description="address for `/metrics`; by default this machine only")


class ProcessSettings(EnvironmentSettings):
    """The settings that every process needs."""

    mongo: MongoSettings
    redis: RedisSettings
    storage: StorageSettings
    sources: SourcesSettings = SourcesSettings()
    dispatch: DispatchSettings = DispatchSettings()
    lease: LeaseSettings = LeaseSettings()
    metrics: MetricsSettings = MetricsSettings()
    log_format: str = Field(default="console", pattern="^(console|json)$", description="`console` or `json`")

    @model_validator(mode="after")
    def _check_sources(self) -> Self:
        """The service's bucket holds the pictures of all owners' jobs."""
        if self.storage.bucket in {bucket.name for bucket in self.sources.buckets}:
            raise ValueError(f"sources.buckets must not contain the service's bucket {self.storage.bucket!r}")
        return self
