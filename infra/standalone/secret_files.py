"""Secrets of a stack: in files that only its owner can read, so that settings, state and command lines contain none.

secrets/NAME               a random secret of an embedded server, generated at the first start
secrets/given/VARIABLE     a secret from the environment of `run`, while that stack is running
"""

import json
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from pydantic_settings import SettingsError

from infra.standalone.errors import StackError
from infra.standalone.home import DataFolder
from infra.standalone.settings import PROCESSES
from shared.environment import FILE, PREFIX, is_secret, read_files, variables_of
from shared.settings import ServerSettings

FOLDER = "secrets"
GIVEN = f"{FOLDER}/given"
# Where homes of earlier versions kept them, and under which names.
EARLIER = "keys.json"
EARLIER_NAMES = {
    "access_key_id": "bucket_access_key_id",
    "secret_access_key": "bucket_secret_access_key",
    "redis_password": "redis_password",
}


def secret_file(folder: DataFolder, name: str) -> Path:
    """The file of this secret; it is created with a random one at the first call."""
    folder.subfolder(FOLDER)
    _adopt_earlier(folder)
    path = folder.path / FOLDER / name
    return path if path.exists() else folder.write_text(f"{FOLDER}/{name}", secrets.token_urlsafe(30))


def _adopt_earlier(folder: DataFolder) -> None:
    earlier = folder.path / EARLIER
    if earlier.exists():
        for name, secret in json.loads(earlier.read_text()).items():
            folder.write_text(f"{FOLDER}/{EARLIER_NAMES[name]}", secret)
        earlier.unlink()


def keep_in_files(folder: DataFolder, environment: Mapping[str, str]) -> dict[str, str]:
    """The same settings, but each secret is in a file. The directory of those files is emptied first."""
    forget_given(folder)
    settings = dict(environment)
    secret = {name for process in PROCESSES for name, field in variables_of(process) if is_secret(field.annotation)}
    for variable in secret & {name for name, value in environment.items() if value}:
        folder.subfolder(FOLDER)
        folder.subfolder(GIVEN)
        settings[variable + FILE] = str(folder.write_text(f"{GIVEN}/{variable}", environment[variable]))
        settings[variable] = ""  # Not removed, because processes inherit the supervisor's environment.
    return settings


def forget_given(folder: DataFolder) -> None:
    shutil.rmtree(folder.path / GIVEN, ignore_errors=True)


def with_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """The same settings without files: each secret is a value, and each password part of its server's URL.

    Raise StackError if a file cannot be read.
    """
    known = {name.lower() for process in PROCESSES for name, _ in variables_of(process)}
    try:
        values = read_files({name.lower(): value for name, value in environment.items()}, known)
    except SettingsError as error:
        raise StackError(f"{error}.") from error
    settings = {name.upper(): value for name, value in values.items() if value}
    for server in (f"{PREFIX}MONGO", f"{PREFIX}REDIS"):
        if (url := settings.get(f"{server}__URL")) and (password := settings.pop(f"{server}__PASSWORD", None)):
            settings[f"{server}__URL"] = ServerSettings.model_validate({"url": url, "password": password}).full_url()
    return settings
