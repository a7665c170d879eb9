"""The gateway's own settings. Fields are read from `PHOTOCHROM_<FIELD>`; the shared groups say theirs."""

from ipaddress import ip_address
from pathlib import Path

from pydantic import ByteSize, Field, model_validator

from shared.settings import ProcessSettings

GiB = 1024**3
MiB = 1024**2
REPOSITORY = Path(__file__).resolve().parent.parent


class GatewaySettings(ProcessSettings):
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535, description="0 takes a free one")
    open: bool = Field(
        default=False, description="take requests from beyond this machine although nobody is asked for a key"
    )

    models_dir: Path = Field(default=REPOSITORY / "models", description="the folder of the checkpoints' cards")
    default_model: str | None = Field(default=None, description="where a job names none; else the first by name")

    max_body_bytes: ByteSize = Field(default=ByteSize(200 * GiB), description="of an archive")
    max_picture_bytes: ByteSize = Field(default=ByteSize(640 * MiB), description="of a picture submitted by itself")
    upload_part_bytes: ByteSize = Field(default=ByteSize(8 * MiB), ge=5 * MiB, le=256 * MiB)
    head_seconds: float = Field(default=20.0, gt=0, description="longest that the headers of a request may take")
    upload_idle_seconds: float = Field(default=60.0, gt=0, description="a body that stands still for longer is dropped")
    upload_min_bytes_per_second: int = Field(default=256, ge=0, description="on average, once a minute has passed")

    presigned_seconds: int = Field(default=900, ge=1, description="how long a redirect to storage stays valid")
    shutdown_seconds: int = Field(default=5, ge=0, description="how long a stopping gateway waits for its answers")

    @model_validator(mode="after")
    def stays_on_this_machine(self) -> "GatewaySettings":
        if not (self.open or is_loopback(self.host)):
            raise ValueError(
                f"the gateway asks for no keys, so it listens on loopback only, not on {self.host!r}; "
                "set PHOTOCHROM_OPEN=1 if something in front of it decides who may call"
            )
        return self


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a socket bound to `host`. Names other than `localhost` are not resolved."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
