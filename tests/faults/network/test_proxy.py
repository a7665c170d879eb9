"""The faults of the TCP proxy, seen by plain sockets."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from socketserver import StreamRequestHandler, ThreadingTCPServer

import pytest

from tests.faults.network.proxy import Proxy, reset
from tests.fixtures.stack import wait_until

PATIENCE_SECONDS = 10.0


class Echo(StreamRequestHandler):
    """Answers each line with itself."""

    def handle(self) -> None:
        with suppress(ConnectionError):
            for line in self.rfile:
                self.server.lines.append(line)
                self.wfile.write(line)
        self.server.ended += 1


class EchoServer(ThreadingTCPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Echo)
        self.lines: list[bytes] = []
        self.ended = 0


@pytest.fixture
def server() -> Iterator[EchoServer]:
    with EchoServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def proxy(server: EchoServer) -> Iterator[Proxy]:
    with Proxy(server.server_address[1]) as proxy:
        yield proxy


def connect(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=PATIENCE_SECONDS)


def ask(connection: socket.socket, line: bytes = b"hello\n") -> bytes:
    connection.sendall(line)
    return connection.recv(100)


def expect_no_reply(connection: socket.socket, line: bytes) -> None:
    connection.settimeout(0.3)
    with pytest.raises(TimeoutError):
        ask(connection, line)
    connection.settimeout(PATIENCE_SECONDS)


def test_without_a_fault_data_and_eof_pass(proxy: Proxy) -> None:
    with connect(proxy) as connection:
        assert ask(connection) == b"hello\n"
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(100) == b""


def test_a_frozen_link_falls_silent_and_a_new_one_works(proxy: Proxy, server: EchoServer) -> None:
    with connect(proxy) as old:
        assert ask(old) == b"hello\n"

        assert proxy.freeze_links() == 1

        expect_no_reply(old, b"anybody?\n")
        assert b"anybody?\n" not in server.lines
        with connect(proxy) as new:
            assert ask(new) == b"hello\n"


def test_data_sent_during_a_partition_arrives_afterwards(proxy: Proxy, server: EchoServer) -> None:
    with connect(proxy) as old:
        assert ask(old) == b"hello\n"
        with proxy.partitioned():
            expect_no_reply(old, b"late\n")
            with connect(proxy) as new:
                expect_no_reply(new, b"late, too\n")
            assert server.lines == [b"hello\n"]

        wait_until(lambda: {b"late\n", b"late, too\n"} <= set(server.lines), PATIENCE_SECONDS)
        assert old.recv(100) == b"late\n"


def test_both_directions_can_be_delayed(proxy: Proxy) -> None:
    with connect(proxy) as connection, proxy.delayed(to_server=0.1, to_client=0.2):
        start = time.monotonic()

        assert ask(connection) == b"hello\n"

        assert time.monotonic() - start >= 0.3


def test_a_lost_reply_is_a_reset_after_the_request_has_arrived(proxy: Proxy, server: EchoServer) -> None:
    with connect(proxy) as connection, connect(proxy) as other, proxy.losing_replies(lambda piece: b"commit" in piece):
        with pytest.raises(ConnectionResetError):
            ask(connection, b"commit\n")

        assert b"commit\n" in server.lines
        assert ask(other) == b"hello\n"
        assert proxy.lost_replies == 1


def test_while_refusing_links_are_reset_and_new_ones_refused(proxy: Proxy) -> None:
    with connect(proxy) as old:
        assert ask(old) == b"hello\n"
        with proxy.refusing():
            with pytest.raises(ConnectionResetError):
                old.recv(100)
            with pytest.raises(ConnectionRefusedError):
                connect(proxy)

    with connect(proxy) as new:
        assert ask(new) == b"hello\n"


def test_a_reset_by_the_client_closes_the_connection_to_the_server(proxy: Proxy, server: EchoServer) -> None:
    with connect(proxy) as connection:
        assert ask(connection) == b"hello\n"
        reset(connection)

    wait_until(lambda: server.ended)


def test_closing_the_proxy_resets_frozen_links(server: EchoServer) -> None:
    with Proxy(server.server_address[1]) as proxy:
        connections = [connect(proxy) for _ in range(5)]
        assert [ask(connection) for connection in connections] == [b"hello\n"] * 5
        proxy.freeze_links()

    for connection in connections:
        with connection, pytest.raises(ConnectionResetError):
            connection.recv(100)


def test_a_connection_to_an_unavailable_server_is_reset() -> None:
    with EchoServer() as server:
        port = server.server_address[1]

    # The reset may arrive before `connect` returns.
    with Proxy(port) as proxy, pytest.raises(ConnectionResetError), connect(proxy) as connection:
        connection.recv(100)
