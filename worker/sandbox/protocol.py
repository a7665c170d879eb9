"""What goes over the socket between parent and child: one JSON object a packet, with descriptors beside it.

Pixels and files never do; they are in the memory that the descriptors name. Nothing is ever unpickled.
"""

import json
import socket
from collections.abc import Sequence
from typing import Any

PACKET_BYTES = 1 << 16
MAX_DESCRIPTORS = 4


def send(connection: socket.socket, message: dict[str, Any], descriptors: Sequence[int] = ()) -> None:
    """One packet; the receiver gets its own copies of the descriptors."""
    socket.send_fds(connection, [json.dumps(message).encode()], list(descriptors))


def receive_request(connection: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """The child's side: a request with its descriptors; None when the parent has hung up."""
    packet, descriptors, _, _ = socket.recv_fds(connection, PACKET_BYTES, MAX_DESCRIPTORS)
    return (json.loads(packet), descriptors) if packet else None


def receive_reply(connection: socket.socket) -> dict[str, Any] | None:
    """The parent's side: a reply; None when the child has hung up. Descriptors are not accepted from a child.

    Raises ValueError for what is not a JSON object, TimeoutError as the socket's timeout says.
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
