"""The ports on which our processes show their metrics: numbered, because all of them share one machine."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from infra.standalone.errors import StackError
from infra.standalone.service import Service

VARIABLE = "PHOTOCHROM_METRICS__PORT"


def numbered(services: Sequence[Service], environment: Mapping[str, str]) -> tuple[Service, ...]:
    """The same services on successive ports, beginning with the one that is set. Raise StackError if it is invalid."""
    setting = environment.get(VARIABLE)
    if setting in (None, "", "0"):
        return tuple(services)
    last = 65536 - len(services)
    if not setting.isdecimal() or int(setting) > last:
        raise StackError(f"Invalid {VARIABLE} {setting!r}. Set a port number from 1 to {last}.")
    return tuple(
        replace(service, environment={**service.environment, VARIABLE: str(port)})
        for port, service in enumerate(services, int(setting))
    )


def shared_setting(environment: Mapping[str, str]) -> dict[str, str]:
    """For processes that are not numbered, such as added workers: any free port, if metrics are on."""
    return {VARIABLE: "0"} if environment.get(VARIABLE) else {}
