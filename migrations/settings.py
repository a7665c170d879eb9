"""The settings of migrations: they reach the database and nothing else."""

from shared.environment import EnvironmentSettings
from shared.settings import MongoSettings


class MigrationSettings(EnvironmentSettings):
    mongo: MongoSettings
