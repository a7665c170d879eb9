"""Settings are read from environment variables, or from files that they name; one that nothing reads is reported."""

import os
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

PREFIX = "PHOTOCHROM_"
FILE = "_FILE"
# What follows the prefix, up to `__`, in variables of any process: a whole stack is often started with one environment.
# A test compares it with the settings of all processes.
_NAMES = """
MONGO REDIS STORAGE SOURCES DISPATCH LEASE METRICS LOG_FORMAT
HOST PORT OPEN PUBLIC_URL LIMITS SESSION_HOURS
MODELS_DIR PAGE_DIR DEFAULT_MODEL DEFAULT_KEEP DEFAULT_WEBHOOK WEBHOOKS MAX_BODY_BYTES MAX_PICTURE_BYTES
UPLOAD_PART_BYTES HEAD_SECONDS UPLOAD_IDLE_SECONDS UPLOAD_MIN_BYTES_PER_SECOND DOWNLOAD_IDLE_SECONDS PRESIGNED_SECONDS
SHUTDOWN_SECONDS CONCURRENCY WORKER INGEST RECONCILE HOME WORKERS BIND TLS_CERTIFICATE TLS_KEY URL API_KEY
"""
NAMES = frozenset(_NAMES.split())


class EnvironmentSettings(BaseSettings):
    """Settings of a process: `PHOTOCHROM_<FIELD>` and `PHOTOCHROM_<GROUP>__<FIELD>`.

    With `_FILE` appended, the variable names a file that contains the value, as secrets of containers and systemd do.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", extra="ignore")

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *_others: Any, **_more: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, _VariablesAndFiles(settings_cls)


class _VariablesAndFiles(EnvSettingsSource):
    def __init__(self, settings: type[BaseSettings]) -> None:
        super().__init__(settings)
        known = {variable.lower() for variable, _ in variables_of(settings)}
        self.env_vars = read_files(self.env_vars, known)


def read_files(environment: Mapping[str, str | None], known: set[str]) -> dict[str, str | None]:
    """With the content of each file that a variable of `known` names, without its final newline. Lower case.

    Raise SettingsError if a file cannot be read or is empty, or if the value is also given directly.
    """
    values = dict(environment)
    for variable in known & {name.removesuffix(FILE.lower()) for name in environment}:
        path = values.pop(variable + FILE.lower(), None)
        if path:
            if values.get(variable):
                raise SettingsError(f"Set {variable.upper()} or {variable.upper()}{FILE}, not both")
            values[variable] = _content(variable.upper() + FILE, Path(path))
    return values


def _content(variable: str, path: Path) -> str:
    try:
        content = path.read_text().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise SettingsError(f"{variable}: cannot read {path}: {reason}") from error
    if not content:
        raise SettingsError(f"{variable}: {path} is empty")
    return content


def variables_of(settings: type[BaseModel], prefix: str = PREFIX) -> Iterator[tuple[str, FieldInfo]]:
    """`PHOTOCHROM_MONGO__URL`, `PHOTOCHROM_PORT`, …, those of groups first."""
    groups = {name: group for name, field in settings.model_fields.items() if (group := group_of(field))}
    for name, group in groups.items():
        yield from variables_of(group, f"{prefix}{name.upper()}__")
    for name, field in settings.model_fields.items():
        if name not in groups:
            yield prefix + name.upper(), field


def group_of(field: FieldInfo) -> type[BaseModel] | None:
    """The class of a field that is a group of settings."""
    group = field.annotation
    return group if isinstance(group, type) and issubclass(group, BaseModel) else None


def is_secret(annotation: Any) -> bool:
    """Whether a value of this type is a secret or may contain one."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return any(is_secret(field.annotation) for field in annotation.model_fields.values())
    return annotation is SecretStr or any(map(is_secret, get_args(annotation)))


def unknown_variables(settings: type[BaseModel], environment: Mapping[str, str]) -> dict[str, list[str]]:
    """Variables with our prefix that neither these settings nor another process have, and similar ones that exist."""
    leaves = {variable for variable, _ in variables_of(settings)}
    tops = {_top(variable) for variable in leaves}
    groups = {_top(variable) for variable in leaves if "__" in variable}
    known = leaves | {PREFIX + group for group in groups}
    unknown = {}
    for variable in sorted(map(str.upper, environment)):
        names = {variable, variable.removesuffix(FILE)}
        is_of_another = any(_top(name) in (NAMES | tops) - groups for name in names)
        if variable.startswith(PREFIX) and not (names & known or is_of_another):
            unknown[variable] = get_close_matches(variable, known | {PREFIX + name for name in NAMES - groups}, 1)
    return unknown


def _top(variable: str) -> str:
    return variable.removeprefix(PREFIX).partition("__")[0]


def log_unknown_variables(settings: type[BaseSettings]) -> None:
    import structlog  # Here, because it imports rich: without it, a command of the stack starts twice as fast.

    log = structlog.get_logger()
    for variable, similar in unknown_variables(settings, os.environ).items():
        log.warning("settings.unknown_variable", variable=variable, detail=unknown_variable(variable, similar))


def unknown_variable(variable: str, similar: list[str]) -> str:
    """A sentence."""
    meant = f" Did you mean {similar[0]}?" if similar else ""
    return f"Unknown variable {variable}, ignored.{meant}"
