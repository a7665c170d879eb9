"""The three real servers of a stage. Each can be killed, frozen, and restarted with the same data and port."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.standalone.child import Child, stop_together
from infra.standalone.home import DataFolder
from infra.standalone.lifeline import Lifeline
from infra.standalone.secret_files import with_secrets
from infra.standalone.servers import embedded_servers
from infra.standalone.stack import settings_of
from tests.fixtures.ports import reserve_ports
from tests.fixtures.server_mark import expect_server_mark
from tests.fixtures.stack import wait_until

START_SECONDS = 60.0


class Servers:
    """By name: `redis`, `mongo`, `bucket`."""

    def __init__(self, home: Path, lifeline: Lifeline) -> None:
        reserve_ports(home)
        self._folder = DataFolder(home)
        self._lifeline = lifeline
        servers = embedded_servers(self._folder, environment={})
        self._services = {server.service.name: server.service for server in servers}
        self._running: dict[str, Child] = {}
        self.kills = 0
        self.environment = with_secrets(settings_of(servers))

    def start(self, *names: str) -> None:
        """Start these, or all of them if none is named. Returns when they are ready."""
        names = names or tuple(self._services)
        for name in names:
            log = self._folder.logs / f"{name}.log"
            self._running[name] = Child(self._services[name], self._lifeline, log)
        for name in names:
            wait_until(self._running[name].is_ready, START_SECONDS)

    def pid(self, name: str) -> int:
        return self._running[name].pid

    def exit_code(self, name: str) -> int | None:
        """None while it runs."""
        return self._running[name].exit_code()

    def kill(self, name: str) -> None:
        """Send SIGKILL. Returns when the process has ended."""
        self._running.pop(name).kill()
        self.kills += 1

    def freeze(self, name: str) -> None:
        os.kill(self.pid(name), signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        os.kill(self.pid(name), signal.SIGCONT)

    def stop(self) -> None:
        for child in self._running.values():
            os.kill(child.pid, signal.SIGCONT)
        stop_together(list(self._running.values()), lambda: False)


@contextmanager
def servers_running(home: Path) -> Iterator[Servers]:
    expect_server_mark()
    with DataFolder(home).locked() as lock, Lifeline(keep_open=[lock]) as lifeline:
        servers = Servers(home, lifeline)
        try:
            servers.start()
            yield servers
        finally:
            servers.stop()
