"""The URL of a webhook, taken apart once: what is checked is what is connected to."""

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

LONGEST_URL = 2048
# Printable ASCII, no user or password (they would end up in lists and logs), no fragment (it is never sent).
_URL = re.compile(
    r"(?P<scheme>https?)://(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9._-]+))(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<target>(?:/[!-\"$-~]*)?(?:\?[!-\"$-~]*)?)"
)


@dataclass(frozen=True, slots=True)
class Target:
    """`host` is lower case, without brackets and without a final dot."""

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def of(cls, url: str) -> "Target":
        """Raises ValueError."""
        match = _URL.fullmatch(url)
        port = int(match["port"]) if match and match["port"] else 0
        if match is None or len(url) > LONGEST_URL or port > 65535 or match["port"] == "0":
            raise ValueError(
                "write http:// or https://, a host, and a path in ASCII, without a user, a password or a #fragment; "
                f"at most {LONGEST_URL} characters"
            )
        path = match["target"] if match["target"].startswith("/") else "/" + match["target"]
        host = (match["v6"] or match["name"]).lower().rstrip(".")
        return cls(match["scheme"], host, port or (443 if match["scheme"] == "https" else 80), path)

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.scheme == "https" else 80) else f"{host}:{self.port}"

    @property
    def shown(self) -> str:
        """Without the query, which often contains a secret."""
        path, _, query = self.path.partition("?")
        return f"{self.scheme}://{self.authority}{path}{'?…' if query else ''}"


def _checked(url: str) -> str:
    try:
        Target.of(url)
    except ValueError as error:
        raise PydanticCustomError("webhook_url", "{reason}", {"reason": str(error)}) from None
    return url


WebhookUrl = Annotated[str, Field(max_length=LONGEST_URL), AfterValidator(_checked)]
