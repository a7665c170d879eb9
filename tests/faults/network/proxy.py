"""A TCP proxy before a server, whose network goes wrong when a test says so. It knows nothing of what passes through.

None of the proxies on PyPI makes a link half-open or loses the reply to a request that arrived, so this is our own.
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
    """From now on closing it is a reset, which drops what was not sent yet."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)


@dataclass(eq=False)
class Link:
    """A client's connection and the one behind it."""

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
            with suppress(OSError):  # The connection was reset from the other side, and is gone.
                reset(end.get_extra_info("socket"))
            end.transport.abort()


class Proxy:
    """`with Proxy(port) as proxy`: what is sent to `proxy.port` gets to `port`, on loopback, until a fault begins.

    It lives on a thread of its own. A fault is in effect when its call returns, or its block is entered.
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
        """Every link there is falls silent for ever, without a FIN, as when a firewall forgets it; new ones work.

        Returns how many they were.
        """
        return self._call(self._freeze())

    @contextmanager
    def partitioned(self) -> Iterator[None]:
        """Nothing gets through, on new links neither. It gets there afterwards, late, as TCP sees to."""
        self._loop.call_soon_threadsafe(self._passing.clear)
        try:
            yield
        finally:
            self._loop.call_soon_threadsafe(self._passing.set)

    @contextmanager
    def delayed(self, *, to_server: float = 0.0, to_client: float = 0.0) -> Iterator[None]:
        """Whatever is sent arrives so many seconds later."""
        self._to_server_seconds, self._to_client_seconds = to_server, to_client
        try:
            yield
        finally:
            self._to_server_seconds, self._to_client_seconds = 0.0, 0.0

    @contextmanager
    def losing_replies(self, is_lossy: Callable[[bytes], bool]) -> Iterator[None]:
        """Requests that `is_lossy` recognizes by a piece of them arrive; instead of the reply comes a reset.

        `lost_replies` counts them.
        """
        self._is_lossy = is_lossy
        try:
            yield
        finally:
            self._is_lossy = None

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """The links are reset, and nobody listens any more."""
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
        await asyncio.sleep(0)  # In which the connections that were aborted are closed.

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
        # One that was frozen stays open, and in the set, so that nobody hears of it.
        if asyncio.CancelledError not in map(type, ended):
            self._links.discard(link)
            client.close()
            server.close()

    async def _pump(
        self, link: Link, source: asyncio.StreamReader, pass_on: Callable[[Link, bytes], Awaitable[None]]
    ) -> None:
        """Pass on what comes, and that no more comes, as an empty piece."""
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
