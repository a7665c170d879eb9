"""The gateway's settings, read from `PHOTOCHROM_<FIELD>`. `shared/settings.py` has those that other processes share."""

from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ByteSize, Field

from shared.durations import parse_duration
from shared.settings import ProcessSettings
from shared.webhooks.policy import WebhookSettings
from shared.webhooks.urls import WebhookUrl

GiB = 1024**3
MiB = 1024**2
REPOSITORY = Path(__file__).resolve().parent.parent


class LimitSettings(BaseModel):
    """Of every key that has none of its own. Requests without a key, on a gateway that accepts them, have no limits."""

    requests_per_second: float = Field(default=100.0, gt=0, description="of one key, on average over 10 seconds")
    open_jobs: int | None = Field(default=1000, ge=1, description="unfinished jobs of an owner; by default 1000")
    stored_bytes: ByteSize | None = Field(
        default=None, description="sources and results that an owner may keep; unlimited by default"
    )


def _parse_keep(value: object) -> object:
    if isinstance(value, str) and (duration := parse_duration(value)) is None:
        raise ValueError(f"{value!r} is not a duration; write 12h, 30d or 4w")
    return duration if isinstance(value, str) else value


class GatewaySettings(ProcessSettings):
    host: str = Field(
        default="127.0.0.1", description="address to listen on; another than loopback needs an API key, or `OPEN`"
    )
    port: int = Field(default=8000, ge=0, le=65535, description="0 chooses a free port")
    open: bool = Field(
        default=False,
        description="accept requests without a key: something in front of the gateway controls access",
    )
    public_url: str | None = Field(
        default=None, pattern=r"^https?://[^/]+/?$", description="address by which clients reach it, if behind a proxy"
    )
    limits: LimitSettings = LimitSettings()
    session_hours: float = Field(default=12.0, gt=0, description="how long a browser stays signed in")

    models_dir: Path = Field(default=REPOSITORY / "models", description="folder of the checkpoints and their cards")
    default_model: str | None = Field(default=None, description="for jobs that name none; by default the first by name")

    page_dir: Path = Field(
        default=REPOSITORY / "web" / "dist", description="folder of the built page; without one `/` says how to get it"
    )

    default_keep: Annotated[timedelta | None, BeforeValidator(_parse_keep)] = Field(
        default=None,
        description="how long after its end a job that states nothing is kept, as 12h, 30d or 4w; unset: forever",
    )
    default_webhook: WebhookUrl | None = Field(
        default=None, description="URL to which the end of a job that names no webhook is reported"
    )
    webhooks: WebhookSettings = WebhookSettings()
    max_body_bytes: ByteSize = Field(default=ByteSize(200 * GiB), description="largest archive")
    max_picture_bytes: ByteSize = Field(default=ByteSize(640 * MiB), description="largest single picture")
    upload_part_bytes: ByteSize = Field(
        default=ByteSize(8 * MiB), ge=5 * MiB, le=256 * MiB, description="part of a multipart upload"
    )
    head_seconds: float = Field(default=20.0, gt=0, description="timeout for the headers of a request")
    upload_idle_seconds: float = Field(default=60.0, gt=0, description="timeout for a body that stalls")
    download_idle_seconds: float = Field(default=60.0, gt=0, description="timeout for a client that reads nothing")
    upload_min_bytes_per_second: int = Field(default=256, ge=0, description="minimum average, after a minute")

    presigned_seconds: int = Field(default=900, ge=1, description="how long presigned URLs are valid")
    shutdown_seconds: int = Field(default=5, ge=0, description="how long a stopping gateway waits for open requests")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a socket bound to `host`. No name but `localhost` is resolved."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
