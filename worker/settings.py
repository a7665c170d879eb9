"""What a worker process may be told by its environment: `PHOTOCHROM_WORKER__<FIELD>` and `PHOTOCHROM_INGEST__<FIELD>`
beside the shared groups.
"""

from pathlib import Path

from pydantic import BaseModel, Field

from shared.settings import ProcessSettings

MODELS_FOLDER = Path(__file__).resolve().parent.parent / "models"


class ColorizeSettings(BaseModel):
    """Of the workers that colorize: `interactive` and `bulk`."""

    models_dir: Path = Field(default=MODELS_FOLDER, description="folder of checkpoints, served by name")
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


class IngestSettings(BaseModel):
    """Of the workers that read archives: `ingest`."""

    decompress_seconds: float = Field(
        default=6 * 3600.0, gt=0, description="longest that decompressing one tar may take, the storage's answers aside"
    )


class WorkerSettings(ProcessSettings):
    concurrency: int = Field(default=2, ge=1, description="chunks under way at once: one feeds while the other drains")
    worker: ColorizeSettings = ColorizeSettings()
    ingest: IngestSettings = IngestSettings()
