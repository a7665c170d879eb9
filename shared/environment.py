"""Environment variables that no process reads: a misspelled setting must not be ignored silently."""

import os
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

import structlog
from pydantic import BaseModel
from pydantic_settings import BaseSettings

log = structlog.get_logger()

PREFIX = "PHOTOCHROM_"
# What follows the prefix, up to `__`, in variables of any process: a whole stack is often started with one environment.
# A test compares it with the settings of all processes.
_NAMES = """
MONGO REDIS STORAGE SOURCES DISPATCH LEASE LOG_FORMAT
HOST PORT OPEN MODELS_DIR DEFAULT_MODEL MAX_BODY_BYTES MAX_PICTURE_BYTES UPLOAD_PART_BYTES HEAD_SECONDS
UPLOAD_IDLE_SECONDS UPLOAD_MIN_BYTES_PER_SECOND DOWNLOAD_IDLE_SECONDS PRESIGNED_SECONDS SHUTDOWN_SECONDS
CONCURRENCY WORKER INGEST RECONCILE HOME URL API_KEY
"""
NAMES = frozenset(_NAMES.split())


def unknown_variables(settings: type[BaseSettings], environment: Mapping[str, str]) -> dict[str, list[str]]:
    """Variables with our prefix that neither these settings nor another process have, and similar ones that exist."""
    known = {PREFIX + name for name in _names(settings)}
    tops = NAMES | {name.partition("__")[0] for name in _names(settings)}
    groups = {name.partition("__")[0] for name in _names(settings) if "__" in name}
    unknown = {}
    for variable in sorted(map(str.upper, environment)):
        top = variable.removeprefix(PREFIX).partition("__")[0]
        is_known = variable in known or (top in tops and top not in groups)
        if variable.startswith(PREFIX) and not is_known:
            unknown[variable] = get_close_matches(variable, known | {PREFIX + name for name in NAMES - groups}, 1)
    return unknown


def log_unknown_variables(settings: type[BaseSettings]) -> None:
    for variable, similar in unknown_variables(settings, os.environ).items():
        log.warning("settings.unknown_variable", variable=variable, similar=next(iter(similar), "none"))


def _names(settings: type[BaseModel]) -> Iterator[str]:
    """`MONGO`, `MONGO__URL`, `PORT`, …"""
    for name, field in settings.model_fields.items():
        yield name.upper()
        group = field.annotation
        if isinstance(group, type) and issubclass(group, BaseModel):
            yield from (f"{name.upper()}__{part}" for part in _names(group))
