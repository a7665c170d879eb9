"""The settings of migrations: they reach the database and nothing else."""

from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.settings import MongoSettings


class MigrationSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="PHOTOCHROM_", env_nested_delimiter="__", extra="ignore")

    mongo: MongoSettings
