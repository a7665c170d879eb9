"""Where the gateway listens. Needs nothing that is not in Python itself (early.py)."""

from collections.abc import Mapping

from infra.standalone.errors import StackError
from infra.standalone.home import is_free

LOOPBACK = "127.0.0.1"
DEFAULT_PORT = "8000"


def gateway_address(environment: Mapping[str, str]) -> tuple[str, int]:
    host = environment.get("PHOTOCHROM_HOST") or LOOPBACK
    port = environment.get("PHOTOCHROM_PORT") or DEFAULT_PORT
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise StackError(f"Invalid PHOTOCHROM_PORT {port!r}. Set a port number from 1 to 65535.")
    if not is_free(host, int(port)):
        raise StackError(f"Port {port} on {host} is already in use. Choose another: PHOTOCHROM_PORT={int(port) + 1}")
    return host, int(port)
