"""Groups of settings that more than one process needs. Each process composes its own; nothing is read at import.

Every field comes from `PHOTOCHROM_<GROUP>__<FIELD>`, e.g. `PHOTOCHROM_MONGO__URL`.
"""

import json
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class MongoSettings(BaseModel):
    url: SecretStr = Field(description="mongodb:// URL of the store")
    database: str = "photochrom"
    timeout_seconds: float = 5.0


class RedisSettings(BaseModel):
    url: SecretStr = Field(description="redis:// URL of the queue")


class StorageSettings(BaseModel):
    """S3 or anything that speaks its portable subset."""

    bucket: str = "photochrom"
    endpoint_url: str | None = None
    public_endpoint_url: str | None = Field(
        default=None,
        description="what clients can reach; results are streamed by the gateway where it is unset",
    )
    region: str = "us-east-1"
    access_key_id: SecretStr
    secret_access_key: SecretStr
    path_style: bool = True
    timeout_seconds: float = Field(default=30.0, gt=0, description="of silence, after which a request is sent again")


class BucketSettings(BaseModel):
    """A bucket of somebody else's. What is not said of it is as it is for our own."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=3, max_length=63)
    endpoint_url: str | None = None
    region: str | None = None
    access_key_id: SecretStr | None = None
    secret_access_key: SecretStr | None = None
    path_style: bool | None = None

    @model_validator(mode="before")
    @classmethod
    def _may_be_a_name_alone(cls, given: Any) -> Any:
        return {"name": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _has_both_halves_of_a_key(self) -> Self:
        if (self.access_key_id is None) != (self.secret_access_key is None):
            raise ValueError(f"bucket {self.name!r}: access_key_id and secret_access_key are given together")
        if self.endpoint_url is not None and self.access_key_id is None:
            raise ValueError(f"bucket {self.name!r}: another server is not shown our own key; give it one")
        return self

    def storage(self, own: StorageSettings) -> StorageSettings:
        """How it is reached."""
        said = {name: getattr(self, name) for name in BucketSettings.model_fields if name != "name"}
        known = {name: value for name, value in said.items() if value is not None}
        return own.model_copy(update={"bucket": self.name, **known})


class SourcesSettings(BaseModel):
    """Whose pictures may be read where they lie."""

    # Decoded here, and not before: only so is what is wrong with it told like everything else.
    buckets: Annotated[list[BucketSettings], NoDecode] = Field(
        default=[],
        description="JSON: the buckets that jobs may name, each by its name, or as an object with `name` and, where it "
        "differs from our own bucket's, `endpoint_url`, `region`, `access_key_id`, `secret_access_key`, `path_style`",
    )

    @field_validator("buckets", mode="before")
    @classmethod
    def _is_json(cls, given: Any) -> Any:
        try:
            return json.loads(given) if isinstance(given, str) else given
        except ValueError:
            raise ValueError('is no JSON; write ["one-bucket", "another"]') from None

    @model_validator(mode="after")
    def _has_each_once(self) -> Self:
        names = [bucket.name for bucket in self.buckets]
        if len(set(names)) < len(names):
            raise ValueError("two buckets have the same name")
        return self


class LeaseSettings(BaseModel):
    """How long a worker's right to a chunk lasts, and how often it is renewed."""

    seconds: float = Field(default=30.0, gt=0)
    renew_seconds: float = Field(default=10.0, gt=0)
    grace_seconds: float = Field(
        default=90.0,
        ge=0,
        description="how long the objects of a deleted job are left alone: a lease, and as long as a worker that has "
        "lost it may still be storing something",
    )

    @model_validator(mode="after")
    def _is_renewed_in_time(self) -> Self:
        if self.renew_seconds >= self.seconds:
            raise ValueError("renew_seconds must be less than seconds, or every lease runs out before it is renewed")
        return self


class DispatchSettings(BaseModel):
    window: int = Field(default=4, ge=1, description="messages of one job that wait on the queue at once")
    chunk_items: int = Field(default=64, ge=1, le=512)


class ProcessSettings(BaseSettings):
    """What every process that serves jobs has in common."""

    model_config = SettingsConfigDict(env_prefix="PHOTOCHROM_", env_nested_delimiter="__", extra="ignore")

    mongo: MongoSettings
    redis: RedisSettings
    storage: StorageSettings
    sources: SourcesSettings = SourcesSettings()
    dispatch: DispatchSettings = DispatchSettings()
    lease: LeaseSettings = LeaseSettings()
    log_format: str = Field(default="console", pattern="^(console|json)$")

    @model_validator(mode="after")
    def _keeps_its_own_bucket_to_itself(self) -> Self:
        """In it lie the pictures of everybody's jobs."""
        if self.storage.bucket in {bucket.name for bucket in self.sources.buckets}:
            raise ValueError(f"the service's own bucket, {self.storage.bucket!r}, cannot be one that jobs may name")
        return self
