"""The embedded stack's own settings, and the settings classes of the processes that it starts."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, Field, ValidationError

from api.settings import GatewaySettings
from infra.standalone.errors import StackError
from shared.environment import PREFIX, unknown_variable, unknown_variables
from shared.startup import problems
from worker.process.settings import WorkerSettings
from worker.reconcile.settings import ReconcilerSettings

PROCESSES = (GatewaySettings, WorkerSettings, ReconcilerSettings)


class StackSettings(BaseModel):
    """Read by `make run`, `make up` and the other commands of the embedded stack."""

    home: Path = Field(default=Path(".photochrom"), description="data folder of the embedded stack")
    workers: int = Field(default=1, ge=1, le=64, description="number of bulk workers that the embedded stack starts")


def stack_settings(environment: Mapping[str, str]) -> StackSettings:
    """Raise StackError, which names what is invalid."""
    given = {name: environment.get(PREFIX + name.upper()) for name in StackSettings.model_fields}
    try:
        return StackSettings.model_validate({name: value for name, value in given.items() if value})
    except ValidationError as error:
        raise StackError(f"{'; '.join(problems(StackSettings, error))}.") from None


def unknown_settings(environment: Mapping[str, str]) -> list[str]:
    """A sentence for each variable that no process reads."""
    unknown: dict[str, list[str]] = {}
    for process in PROCESSES:
        for variable, similar in unknown_variables(process, environment).items():
            unknown[variable] = unknown.get(variable) or similar
    return [unknown_variable(variable, similar) for variable, similar in unknown.items()]
