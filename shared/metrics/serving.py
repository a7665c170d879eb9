"""`/metrics` of this process, on a port of its own, so that nobody who may use the API can read them.

One exposition per process, not prometheus_client's multiprocess mode: no process of ours forks, and each has its own
port (docs/decisions/0018-each-process-shows-its-own-metrics.md).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from prometheus_client import REGISTRY, disable_created_metrics, start_http_server

from shared.errors import PhotochromError
from shared.settings import MetricsSettings

log = structlog.get_logger()


class MetricsPortTaken(PhotochromError):
    """The metrics cannot be shown where they should be."""

    code = "metrics_port_taken"


@contextmanager
def metrics_served(settings: MetricsSettings) -> Iterator[None]:
    """Show the metrics while the body runs, if a port is set. Raises MetricsPortTaken."""
    if settings.port is None:
        yield
        return
    # When each series began: twice as many series, and no use for them here.
    disable_created_metrics()  # type: ignore[no-untyped-call]
    try:
        server, thread = start_http_server(settings.port, settings.host, REGISTRY)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise MetricsPortTaken(
            f"Cannot show metrics on {settings.host}, port {settings.port}: {reason}. Each process on a machine needs "
            "its own PHOTOCHROM_METRICS__PORT; 0 chooses a free one."
        ) from error
    try:
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        log.info("metrics.listening", url=f"http://{host}:{server.server_port}/metrics")
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
