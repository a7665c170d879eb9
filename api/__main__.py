"""`python -m api`: starts the gateway on uvicorn, or says in one sentence why it cannot."""

import asyncio
import os
import sys
from contextlib import ExitStack
from socket import socket

import structlog

from api.app import create_app
from api.backend import open_backend
from api.http.serving import allow_open_files, listen, server_of
from api.settings import GatewaySettings
from shared.environment import log_unknown_variables
from shared.errors import PhotochromError
from shared.log import configure_logging
from shared.metrics.serving import metrics_served
from shared.startup import process_parser, read_settings

log = structlog.get_logger()

DESCRIPTION = """\
The gateway: accepts jobs over HTTP, answers what became of them and serves results. It colorizes nothing, so it needs
workers. It has no arguments. Run `python -m migrations up` before the first start and after each upgrade.
"""
EXAMPLES = ("python -m api", "PHOTOCHROM_PORT=9000 python -m api")
OFTEN_SET = ("PHOTOCHROM_HOST", "PHOTOCHROM_PORT", "PHOTOCHROM_OPEN", "PHOTOCHROM_MODELS_DIR", "PHOTOCHROM_LOG_FORMAT")


def main() -> int:
    try:
        settings = read_settings(GatewaySettings)
    except PhotochromError as error:
        return _refuse(error.detail)
    configure_logging("gateway", settings.log_format)
    log_unknown_variables(GatewaySettings)
    allow_open_files()
    with ExitStack() as stack:
        try:
            asyncio.run(_try_to_open(settings))
            listening = listen(settings.host, settings.port)
            stack.enter_context(metrics_served(settings.metrics))
        except PhotochromError as error:
            return _refuse(error.detail)
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            return _refuse(
                f"cannot listen on {settings.host}, port {settings.port}: {reason}. "
                "Set PHOTOCHROM_PORT to another port."
            )
        return _serve(listening, settings)


def _serve(listening: socket, settings: GatewaySettings) -> int:
    host, port, *_ = listening.getsockname()
    log.info("gateway.listening", url=f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}")
    app = create_app(settings)
    server = server_of(app, settings, app.state.stopping)
    server.run(sockets=[listening])
    return 0 if server.started else 1


async def _try_to_open(settings: GatewaySettings) -> None:
    """The same as the application does at start, but here a refusal is distinguishable from a crash."""
    async with open_backend(settings):
        pass


def _refuse(reason: str) -> int:
    print(f"The gateway does not start: {reason}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    process_parser("python -m api", DESCRIPTION, GatewaySettings, examples=EXAMPLES, often_set=OFTEN_SET).parse_args()
    sys.exit(main())
