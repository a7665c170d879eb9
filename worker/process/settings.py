"""What a worker process may be told by its environment: `PHOTOCHROM_WORKER__<FIELD>` and `PHOTOCHROM_INGEST__<FIELD>`
beside the shared groups.
"""

import json
import os
import tempfile
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field, field_validator
from pydantic_settings import NoDecode

from shared.settings import ProcessSettings

MODELS_FOLDER = Path(__file__).resolve().parents[2] / "models"


def _user_cache() -> Path:
    """By the XDG base directory specification; without a home directory, a folder for temporary files."""
    given = os.environ.get("XDG_CACHE_HOME")
    home = Path(given) if given else Path("~/.cache").expanduser()
    return (home if home.is_absolute() else Path(tempfile.gettempdir())) / "photochrom" / "models"


class ColorizeSettings(BaseModel):
    """Of the workers that colorize: `interactive` and `bulk`."""

    models_dir: Path = Field(default=MODELS_FOLDER, description="folder of the models' cards, each served by its name")
    # Decoded here, and not before: only so is what is wrong with it told like everything else.
    models: Annotated[dict[str, str], NoDecode] = Field(
        default={},
        description="JSON: where the weights lie of models that have none beside their card, by the models' names: a "
        "path, `s3://BUCKET/KEY`, or `hf://OWNER/REPOSITORY[@REVISION]/FILE`; known by the SHA-256 in the card",
    )
    cache_dir: Path = Field(default_factory=_user_cache, description="where fetched weights are kept")
    colorizer: str = Field(
        default="worker.colorizer:Colorizer.load",
        description="`module:callable` that makes a colorizer of a checkpoint's path and a device",
    )
    device: str = Field(default="auto", description="`cpu`, `cuda`, `cuda:1`, …; `auto` takes a GPU if there is one")
    minibatch: int | None = Field(
        default=None, ge=1, description="pictures of one forward pass; by default 4 on a CPU and 32 on a GPU"
    )
    decoders: int = Field(default=2, ge=1, description="child processes that decode and encode")
    max_pixels: int = 200_000_000
    picture_seconds: float = Field(default=60.0, description="longest that decoding or encoding one picture may take")
    record_seconds: float = Field(
        default=1.0, ge=0, description="what finishes within this time is recorded in one update; 0: each by itself"
    )

    @field_validator("models", mode="before")
    @classmethod
    def _is_json(cls, given: Any) -> Any:
        try:
            return json.loads(given) if isinstance(given, str) else given
        except ValueError:
            raise ValueError('is no JSON; write {"museum": "s3://weights/museum.safetensors"}') from None


class IngestSettings(BaseModel):
    """Of the workers that read archives: `ingest`."""

    decompress_seconds: float = Field(
        default=6 * 3600.0, gt=0, description="longest that decompressing one tar may take, the storage's answers aside"
    )


class WorkerSettings(ProcessSettings):
    concurrency: int = Field(default=2, ge=1, description="chunks under way at once: one feeds while the other drains")
    worker: ColorizeSettings = ColorizeSettings()
    ingest: IngestSettings = IngestSettings()
