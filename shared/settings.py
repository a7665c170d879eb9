"""Groups of settings that more than one process needs. Each process composes its own; nothing is read at import.

Every field comes from `PHOTOCHROM_<GROUP>__<FIELD>`, e.g. `PHOTOCHROM_MONGO__URL`.
"""

from typing import Self

from pydantic import BaseModel, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


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
    dispatch: DispatchSettings = DispatchSettings()
    lease: LeaseSettings = LeaseSettings()
    log_format: str = Field(default="console", pattern="^(console|json)$")
