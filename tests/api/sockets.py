"""Speaking HTTP byte by byte."""

import socket
from urllib.parse import urlsplit

from tests.api.stage import Stage


def connect(stage: Stage) -> socket.socket:
    address = urlsplit(stage.url)
    return socket.create_connection((address.hostname, address.port), timeout=10)
