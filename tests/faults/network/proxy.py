"""A TCP proxy in front of a server, with network faults that tests switch on. It does not interpret what it forwards.

No proxy on PyPI makes connections half-open or loses the reply to a request that arrived.
"""

import asyncio
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar

LOOPBACK = "127.0.0.1"
PIECE_BYTES = 65536
RESET_ON_CLOSE = struct.pack("ii", 1, 0)

Answer = TypeVar("Answer")


def reset(connection: socket.socket) -> None:
    """Make closing this socket send a reset, which discards unsent data."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)


@dataclass(eq=False)
class Link:
    """A client's connection and the proxy's connection to the server."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    pumps: "list[asyncio.Task[None]]" = field(default_factory=list)
    loses_reply: bool = False

    def freeze(self) -> None:
        for pump in self.pumps:
            pump.cancel()

    def reset(self) -> None:
        self.freeze()
        for end in (self.client, self.server):
            with suppress(OSError):  # The other side has already reset the connection.
                reset(end.get_extra_info("socket"))
            end.transport.abort()


class Proxy:
    """`with Proxy(port) as proxy`: forwards `proxy.port` to `port`, on loopback, until a fault begins.

    It runs in a thread. A fault is in effect once its call returns or its block is entered.
    """

    def __init__(self, server_port: int) -> None:
        self.port = 0
        self.lost_replies = 0
        self._server_port = server_port
        self._links: set[Link] = set()
        self._to_server_seconds = 0.0
        self._to_client_seconds = 0.0
        self._is_lossy: Callable[[bytes], bool] | None = None
        self._passing = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"proxy of {server_port}")

    def __enter__(self) -> Self:
        self._thread.start()
        self._passing.set()
        self._call(self._open())
        return self

    def __exit__(self, *_: object) -> None:
        self._call(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def freeze_links(self) -> int:
        """Make all current links half-open: they fall silent without a FIN, as when a firewall drops its state. New
        links work. Returns how many were frozen.
        """
        return self._call(self._freeze())

    @contextmanager
    def partitioned(self) -> Iterator[None]:
        """Hold back all data, on new links too. It arrives afterwards, as TCP would retransmit it."""
        self._loop.call_soon_threadsafe(self._passing.clear)
        try:
            yield
        finally:
            self._loop.call_soon_threadsafe(self._passing.set)

    @contextmanager
    def delayed(self, *, to_server: float = 0.0, to_client: float = 0.0) -> Iterator[None]:
        """Delay all data by these numbers of seconds."""
        self._to_server_seconds, self._to_client_seconds = to_server, to_client
        try:
            yield
        finally:
            self._to_server_seconds, self._to_client_seconds = 0.0, 0.0

    @contextmanager
    def losing_replies(self, is_lossy: Callable[[bytes], bool]) -> Iterator[None]:
        """Requests of which `is_lossy` matches a piece arrive, but get a reset instead of the reply.

        `lost_replies` counts them.
        """
        self._is_lossy = is_lossy
        try:
            yield
        finally:
            self._is_lossy = None

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Reset all links and refuse new connections."""
        self._call(self._close())
        try:
            yield
        finally:
            self._call(self._open())

    async def _open(self) -> None:
        self._listener = await asyncio.start_server(self._join, LOOPBACK, self.port)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        self._listener.close()
        for link in self._links:
            link.reset()
        self._links.clear()
        at_work = asyncio.all_tasks() - {asyncio.current_task()}
        for task in at_work:
            task.cancel()
        await asyncio.gather(*at_work, return_exceptions=True)
        await asyncio.sleep(0)  # Let the event loop close the aborted connections.

    async def _freeze(self) -> int:
        for link in self._links:
            link.freeze()
        return len(self._links)

    async def _join(self, from_client: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        try:
            from_server, server = await asyncio.open_connection(LOOPBACK, self._server_port)
        except (OSError, asyncio.CancelledError):
            reset(client.get_extra_info("socket"))
            client.transport.abort()
            return
        link = Link(client, server)
        self._links.add(link)
        ways = (self._pump(link, from_client, self._to_server), self._pump(link, from_server, self._to_client))
        link.pumps = [asyncio.create_task(way) for way in ways]
        ended = await asyncio.gather(*link.pumps, return_exceptions=True)
        # A frozen link stays open and in the set, so that neither side notices.
        if asyncio.CancelledError not in map(type, ended):
            self._links.discard(link)
            client.close()
            server.close()

    async def _pump(
        self, link: Link, source: asyncio.StreamReader, pass_on: Callable[[Link, bytes], Awaitable[None]]
    ) -> None:
        """Forward the data, and EOF as an empty piece."""
        try:
            while piece := await source.read(PIECE_BYTES):
                await pass_on(link, piece)
            await pass_on(link, b"")
        except ConnectionError:
            self._drop(link)

    async def _to_server(self, link: Link, piece: bytes) -> None:
        await asyncio.sleep(self._to_server_seconds)
        await self._passing.wait()
        if self._is_lossy is not None and self._is_lossy(piece):
            link.loses_reply = True
        await _write(link.server, piece)

    async def _to_client(self, link: Link, piece: bytes) -> None:
        if link.loses_reply:
            self.lost_replies += 1
            self._drop(link)
            return
        await asyncio.sleep(self._to_client_seconds)
        await self._passing.wait()
        await _write(link.client, piece)

    def _drop(self, link: Link) -> None:
        self._links.discard(link)
        link.reset()

    def _call(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)


async def _write(end: asyncio.StreamWriter, piece: bytes) -> None:
    if piece:
        end.write(piece)
        await end.drain()
    else:
        end.write_eof()
