"""`python -m api`: the gateway on uvicorn. Nothing here but starting, and saying in one sentence why it cannot."""

import asyncio
import os
import socket
import sys

import structlog
import uvicorn
from pydantic import ValidationError

from api.app import create_app
from api.dependencies import open_gateway
from api.settings import GatewaySettings
from shared.errors import PhotochromError
from shared.log import configure_logging

log = structlog.get_logger()


def main() -> int:
    try:
        settings = GatewaySettings()
    except ValidationError as error:
        return _refuse("; ".join(_sentence(found["loc"], found["msg"]) for found in error.errors()))
    configure_logging("gateway", settings.log_format)
    try:
        asyncio.run(_try_to_open(settings))
        listening = listen(settings.host, settings.port)
    except PhotochromError as error:
        return _refuse(error.detail)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        return _refuse(f"cannot listen on {settings.host}, port {settings.port}: {reason}; set PHOTOCHROM_PORT.")
    host, port, *_ = listening.getsockname()
    log.info("gateway.listening", url=f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}")
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(settings),
            # The access log is ours (`middleware.py`), the rest goes where the other libraries' warnings go.
            access_log=False,
            log_config=None,
            http="httptools",
            lifespan="on",
            server_header=False,
            timeout_graceful_shutdown=settings.shutdown_seconds,
        )
    )
    server.run(sockets=[listening])
    return 0 if server.started else 1


def listen(host: str, port: int) -> socket.socket:
    """A socket for the server. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, port), family=family, backlog=512)
    # Connections inherit it. asyncio sets it only on sockets whose protocol is spelled out, which is not the case here;
    # without it every answer waits 40 ms for the client's delayed acknowledgement.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


async def _try_to_open(settings: GatewaySettings) -> None:
    """What the application does when it starts, where a refusal can still be told from a crash."""
    async with open_gateway(settings):
        pass


def _sentence(place: tuple[int | str, ...], message: str) -> str:
    variable = "PHOTOCHROM_" + "__".join(str(step).upper() for step in place)
    return f"{variable}: {message}" if place else message


def _refuse(reason: str) -> int:
    print(f"The gateway does not start: {reason}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
