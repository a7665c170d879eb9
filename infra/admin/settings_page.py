"""Renders `docs/settings.md` from the settings classes of all processes."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel, ByteSize, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from shared.environment import variables_of

REPOSITORY = Path(__file__).resolve().parents[2]
TYPES = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "text",
    Path: "path",
    SecretStr: "secret",
    ByteSize: "size",
}
SIGNS = {Ge: ("ge", "≥"), Gt: ("gt", ">"), Le: ("le", "≤"), Lt: ("lt", "<")}
HEAD = """\
# Settings

<!-- Written by `photochrom-admin settings --write docs/settings.md`; a test compares it with the settings classes. -->

Every process reads environment variables. **With `_FILE` appended, a variable names a file that contains the value**,
as in `PHOTOCHROM_MONGO__PASSWORD_FILE=/run/secrets/mongo_password`. A final newline is ignored, and processes that do
not read the setting do not open the file. A variable that no process knows gets a warning with the nearest that exists.
The `photochrom` command reads `PHOTOCHROM_URL` and `PHOTOCHROM_API_KEY` ([cli.md](cli.md)).
"""
COLUMNS = "| variable | type | default | what it does | read by |\n|---|---|---|---|---|\n"


@dataclass(frozen=True)
class Setting:
    variable: str
    type: str
    default: str
    description: str


def settings_page(processes: dict[str, type[BaseModel]]) -> str:
    """Markdown, one table per group. `processes`: settings by the name of the process that reads them."""
    readers: dict[Setting, list[str]] = {}
    for process, settings in processes.items():
        for setting in settings_of(settings):
            readers.setdefault(setting, []).append(process)
    groups: dict[str, str] = {}
    for setting, names in readers.items():
        who = "all" if len(names) == len(processes) else ", ".join(names)
        group = groups.setdefault(_group_of(setting), "")
        groups[_group_of(setting)] = group + _row(setting, who)
    return HEAD + "".join(f"\n## {title}\n\n{COLUMNS}{rows}" for title, rows in groups.items())


def settings_of(settings: type[BaseModel]) -> Iterator[Setting]:
    for variable, field in variables_of(settings):
        yield Setting(variable, _type_of(field), _default_of(field), field.description or "")


def _group_of(setting: Setting) -> str:
    group, separator, _ = setting.variable.partition("__")
    return f"`{group}__…`" if separator else "Without a group"


def _row(setting: Setting, readers: str) -> str:
    cells = (f"`{setting.variable}`", setting.type, setting.default, setting.description, readers)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _type_of(field: FieldInfo) -> str:
    annotation: Any = field.annotation
    if get_origin(annotation) in {Union, UnionType}:
        annotation = next(each for each in get_args(annotation) if each is not NoneType)
    bounds = [
        f"{sign} {_number(getattr(limit, name))}"
        for limit in field.metadata
        for kind, (name, sign) in SIGNS.items()
        if isinstance(limit, kind)
    ]
    return ", ".join([TYPES.get(annotation, "JSON"), *bounds])


def _number(value: float) -> str:
    return _size(value) if value >= 2**20 else f"{value:g}"


def _size(value: float) -> str:
    for power, unit in ((30, "GiB"), (20, "MiB")):
        if value % 2**power == 0:
            return f"{value / 2**power:g}{unit}"
    return f"{value:g}"


def _default_of(field: FieldInfo) -> str:
    default = field.default
    if field.default_factory or default in (None, [], {}, ""):
        return "—"
    if default is PydanticUndefined:
        return "required"
    if isinstance(default, ByteSize):
        return f"`{_size(default)}`"
    if isinstance(default, Path):
        return f"`{default.relative_to(REPOSITORY) if default.is_relative_to(REPOSITORY) else default}`"
    return f"`{default:g}`" if isinstance(default, float | bool) else f"`{default}`"
