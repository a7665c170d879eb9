"""The embedded stack's own settings, and the settings classes of the processes that it starts."""

from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Self

from pydantic import BaseModel, Field, ValidationError, model_validator

from api.settings import GatewaySettings
from infra.standalone.errors import StackError
from shared.environment import PREFIX, unknown_variable, unknown_variables
from shared.startup import problems
from worker.process.settings import WorkerSettings
from worker.reconcile.settings import ReconcilerSettings

LOOPBACK = "127.0.0.1"
PROCESSES = (GatewaySettings, WorkerSettings, ReconcilerSettings)


class StackSettings(BaseModel):
    """Read by `make run`, `make up` and the other commands of the embedded stack."""

    home: Path = Field(default=Path(".photochrom"), description="data folder of the embedded stack")
    workers: int = Field(default=1, ge=1, le=64, description="number of bulk workers that the embedded stack starts")
    bind: str = Field(
        default=LOOPBACK,
        description="address of the embedded servers; a private address of this machine lets workers on other machines "
        "connect, and needs `PHOTOCHROM_TLS_CERTIFICATE` and `PHOTOCHROM_TLS_KEY`",
    )
    tls_certificate: Path | None = Field(
        default=None, description="PEM, with its issuers; MongoDB uses it. Redis and the bucket have no TLS"
    )
    tls_key: Path | None = Field(default=None, description="PEM, the key of the certificate")

    @model_validator(mode="after")
    def _check_bind(self) -> Self:
        try:
            address = ip_address(self.bind)
        except ValueError:
            raise ValueError(f"PHOTOCHROM_BIND: {self.bind!r} is not an IP address") from None
        if address.is_global or address.is_unspecified:
            raise ValueError(f"PHOTOCHROM_BIND: {self.bind} is not a private address of this machine")
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("set both PHOTOCHROM_TLS_CERTIFICATE and PHOTOCHROM_TLS_KEY, or neither")
        if not address.is_loopback and self.tls_certificate is None:
            raise ValueError(
                f"PHOTOCHROM_BIND: on {self.bind}, MongoDB needs PHOTOCHROM_TLS_CERTIFICATE and PHOTOCHROM_TLS_KEY; "
                "docs/operations.md describes this, and SSH tunnels, which need neither"
            )
        return self


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
