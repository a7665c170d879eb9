"""What the operator allows webhooks to reach. Gateway and reconciler need the same settings."""

import json
from typing import Annotated, Any

from pydantic import BaseModel, Field, field_validator
from pydantic_settings import NoDecode

from shared.webhooks.addresses import Address, Reach, literal_address, reach_of


class WebhookSettings(BaseModel):
    hosts: Annotated[list[str], NoDecode] = Field(
        default=[],
        description='JSON: hosts that webhooks may reach whatever their address is, as `["127.0.0.1", "hooks.lan"]`. '
        "No other may be this machine, its link or a cloud's metadata service",
    )
    private_networks: bool = Field(
        default=False, description="whether webhooks may reach addresses of private networks, such as 10.0.0.0/8"
    )
    timeout_seconds: float = Field(
        default=15.0, gt=0, le=60, description="for one attempt, from resolving the name to the end of the response"
    )
    retry_hours: float = Field(
        default=24.0, gt=0, le=240, description="how long a message is sent again until it is accepted"
    )

    @field_validator("hosts", mode="before")
    @classmethod
    def _decode_json(cls, value: Any) -> Any:
        try:
            return json.loads(value) if isinstance(value, str) else value
        except ValueError:
            raise ValueError('is not JSON; write it as ["127.0.0.1", "hooks.lan"]') from None

    @field_validator("hosts")
    @classmethod
    def _normalize(cls, hosts: list[str]) -> list[str]:
        return [host.lower().strip("[]").rstrip(".") for host in hosts]

    def allows(self, host: str, address: Address) -> bool:
        """Whether a connection may be made to this address of a host."""
        if host in self.hosts:
            return True
        reach = reach_of(address)
        return reach is Reach.PUBLIC or (reach is Reach.PRIVATE and self.private_networks)

    def forbids(self, host: str) -> bool:
        """Whether it is known without resolving the host that no connection to it is allowed."""
        if host == "localhost" or host.endswith(".localhost"):
            return host not in self.hosts
        address = literal_address(host)
        return address is not None and not self.allows(host, address)
