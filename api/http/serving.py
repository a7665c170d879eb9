"""The gateway on uvicorn, and how it listens. What each connection is limited to is in `connections.py`."""

import asyncio
import resource
import socket
from functools import partial

import uvicorn
from starlette.types import ASGIApp

from api.http.connections import Connection
from api.http.stopping import Stopping
from api.settings import GatewaySettings

# Of the time that a stopping gateway waits for open requests: what a refused body needs to be removed and answered.
REFUSAL_SECONDS = 2.0


class Server(uvicorn.Server):
    """uvicorn, but when it stops, whatever cannot finish in time is answered rather than cut."""

    def __init__(self, config: uvicorn.Config, stopping: Stopping) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        patience = max((self.config.timeout_graceful_shutdown or 0) - REFUSAL_SECONDS, 0)
        refusing = asyncio.create_task(self._stopping.begin(patience))
        await super().shutdown(sockets)
        refusing.cancel()


def server_of(app: ASGIApp, settings: GatewaySettings, stopping: Stopping | None = None) -> Server:
    """`stopping` is that of the application."""
    return Server(
        uvicorn.Config(
            app,
            # `middleware.py` writes the access log; the rest goes where the warnings of other libraries go.
            access_log=False,
            log_config=None,
            http=partial(  # type: ignore[arg-type]  # uvicorn only calls it.
                Connection, head_seconds=settings.head_seconds, read_seconds=settings.download_idle_seconds
            ),
            ws="none",
            lifespan="on",
            server_header=False,
            timeout_graceful_shutdown=settings.shutdown_seconds,
        ),
        stopping or Stopping(),
    )


def allow_open_files() -> int:
    """Let this process open as many files as the system allows it. Each connection is one, and the usual limit of 1024
    lets a single client with as many connections keep out all others. Returns the limit.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, port), family=family, backlog=512)
    # Connections inherit it. asyncio sets it only on sockets with an explicit protocol, which this one lacks; without
    # it every answer waits 40 ms for the client's delayed acknowledgement.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening
