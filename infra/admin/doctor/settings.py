"""What the doctor reads from the environment: settings of several processes, as far as it checks them."""

from pathlib import Path

from pydantic import BaseModel, ByteSize

from shared.environment import EnvironmentSettings
from shared.settings import MongoSettings, RedisSettings, StorageSettings
from worker.process.settings import ColorizeSettings


class ReserveSettings(BaseModel):
    reserve_bytes: ByteSize | None = None


class MachineSettings(EnvironmentSettings):
    """Needs no server, so that it can be checked before the first start."""

    home: Path = Path(".photochrom")
    storage: ReserveSettings = ReserveSettings()
    worker: ColorizeSettings = ColorizeSettings()


class ServersSettings(EnvironmentSettings):
    mongo: MongoSettings
    redis: RedisSettings
    storage: StorageSettings
    public_url: str | None = None
