"""Noticing a client that reads nothing of its answer. A slow one stays, however slow it is."""

import asyncio
import fcntl
import socket
import struct
import termios

import structlog

log = structlog.get_logger()

_CHECKS = 4


class StallWatch:
    """Aborts a connection whose unsent bytes have not become fewer for so many seconds.

    What the kernel has taken but the client has not acknowledged counts as unsent: its buffer may hold megabytes, which
    a slow client reads for minutes while ours stays full.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, transport: asyncio.Transport, seconds: float) -> None:
        self._loop = loop
        self._transport = transport
        self._interval = seconds / _CHECKS
        self._unsent = (0, 0)
        self._stalled_checks = 0
        self._timer = loop.call_later(self._interval, self._check)

    def note_progress(self) -> None:
        self._stalled_checks = 0

    def stop(self) -> None:
        self._timer.cancel()

    def _check(self) -> None:
        unsent = (self._transport.get_write_buffer_size(), _unacknowledged(self._transport))
        is_stalled = unsent[0] > 0 and unsent == self._unsent
        self._unsent = unsent
        self._stalled_checks = self._stalled_checks + 1 if is_stalled else 0
        if self._stalled_checks >= _CHECKS:
            log.warning("connection.stalled", unsent=sum(unsent), seconds=self._interval * _CHECKS)
            _reset(self._transport)
        else:
            self._timer = self._loop.call_later(self._interval, self._check)


def _reset(transport: asyncio.Transport) -> None:
    """Drop the connection together with what the kernel would keep sending."""
    connection: socket.socket | None = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def _unacknowledged(transport: asyncio.Transport) -> int:
    """Bytes in the kernel's buffer. 0: unknown on this system."""
    connection: socket.socket | None = transport.get_extra_info("socket")
    try:
        counted = fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, bytes(4)) if connection else bytes(4)
    except OSError:
        return 0
    return int(struct.unpack("i", counted)[0])
