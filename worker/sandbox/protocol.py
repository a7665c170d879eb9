"""The protocol between parent and child: one JSON object per packet, with file descriptors attached.

A request gets one reply. In between, a child that has read a header asks once for the memory that the pixels need.

Pixels and files are passed in the shared memory behind the descriptors. Nothing is ever unpickled.
"""

import json
import socket
from collections.abc import Sequence
from typing import Any

PACKET_BYTES = 1 << 16
MAX_DESCRIPTORS = 4
UNMEASURED_BYTES = 512 << 20
"""What a decoder may take in addition to its pixels: metadata, and what Pillow allocates besides."""


def send(connection: socket.socket, message: dict[str, Any], descriptors: Sequence[int] = ()) -> None:
    """Send one packet. The receiver gets duplicates of the descriptors."""
    socket.send_fds(connection, [json.dumps(message).encode()], list(descriptors))


def receive_request(connection: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """For the child: a request with its descriptors, or None when the parent has closed the connection."""
    packet, descriptors, _, _ = socket.recv_fds(connection, PACKET_BYTES, MAX_DESCRIPTORS)
    return (json.loads(packet), descriptors) if packet else None


def receive_reply(connection: socket.socket) -> dict[str, Any] | None:
    """For the parent: a reply, or None when the child has closed the connection. A child cannot send descriptors.

    Raises ValueError if it is not a JSON object, TimeoutError after the socket's timeout.
    """
    packet = connection.recv(PACKET_BYTES)
    if not packet:
        return None
    try:
        reply = json.loads(packet)
    except RecursionError:
        reply = None
    if not isinstance(reply, dict):
        raise ValueError("a reply must be an object")  # noqa: TRY004 - the sender is wrong, not the caller
    return reply
