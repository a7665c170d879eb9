"""The settings of a worker process: `PHOTOCHROM_WORKER__<FIELD>` and `PHOTOCHROM_INGEST__<FIELD>` in addition to the
shared groups.
"""

import json
import os
import tempfile
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ByteSize, Field, field_validator
from pydantic_settings import NoDecode

from shared.settings import ProcessSettings

MODELS_FOLDER = Path(__file__).resolve().parents[2] / "models"


def _user_cache() -> Path:
    """According to the XDG base directory specification; without a home directory, the folder for temporary files."""
    cache_home = os.environ.get("XDG_CACHE_HOME")
    home = Path(cache_home) if cache_home else Path("~/.cache").expanduser()
    return (home if home.is_absolute() else Path(tempfile.gettempdir())) / "photochrom" / "models"


class ColorizeSettings(BaseModel):
    """For the workers that colorize, `interactive` and `bulk`."""

    models_dir: Path = Field(
        default=MODELS_FOLDER, description="folder of model cards; each card is a model that this worker serves"
    )
    # Decoded by the validator below: pydantic-settings would report invalid JSON differently from other errors.
    models: Annotated[dict[str, str], NoDecode] = Field(
        default={},
        description="JSON object of model names and references to weights that do not lie beside the card: a path, "
        "`s3://BUCKET/KEY`, or `hf://OWNER/REPOSITORY[@REVISION]/FILE`; they must have the SHA-256 in the card",
    )
    cache_dir: Path = Field(
        default_factory=_user_cache,
        description="folder for downloaded weights; by default `photochrom/models` in the user's cache",
    )
    colorizer: str = Field(
        default="worker.colorizer:Colorizer.load",
        description="`module:callable` that loads a colorizer, given a checkpoint's path and a device",
    )
    device: str = Field(default="auto", description="`cpu`, `cuda`, `cuda:1`, …; `auto` uses a GPU if there is one")
    minibatch: int | None = Field(
        default=None, ge=1, description="pictures per forward pass; by default 1 on a CPU and 32 on a GPU"
    )
    decoders: int = Field(default=2, ge=1, description="child processes that decode and encode")
    max_pixels: int = Field(default=200_000_000, description="largest picture")
    decoder_memory_bytes: ByteSize | None = Field(
        default=None,
        description="memory that all decoders of one machine, or container, use together; by default half of it",
    )
    job_result_bytes: ByteSize = Field(
        default=ByteSize(16 << 30), description="limit for the results of a job, unless its source is large"
    )
    job_result_ratio: float = Field(
        default=250.0, ge=0, description="limit for the results of a job with a large source, in bytes per byte of it"
    )
    picture_seconds: float = Field(default=60.0, description="timeout for decoding or encoding one picture")
    record_seconds: float = Field(
        default=1.0,
        ge=0,
        description="items that finish within this time are recorded in one update; 0 records each separately",
    )

    @field_validator("models", mode="before")
    @classmethod
    def _parse_json(cls, value: Any) -> Any:
        try:
            return json.loads(value) if isinstance(value, str) else value
        except ValueError:
            raise ValueError('invalid JSON; write {"museum": "s3://weights/museum.safetensors"}') from None


class IngestSettings(BaseModel):
    """For the workers that read archives, `ingest`."""

    decompress_seconds: float = Field(
        default=6 * 3600.0,
        gt=0,
        description="timeout for decompressing one tar, without the time spent waiting for the storage",
    )


class WorkerSettings(ProcessSettings):
    concurrency: int = Field(
        default=2, ge=1, description="chunks in progress at once: one fills the pipeline while another empties it"
    )
    worker: ColorizeSettings = ColorizeSettings()
    ingest: IngestSettings = IngestSettings()
