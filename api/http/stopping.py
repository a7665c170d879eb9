"""The end of a gateway: bodies that still arrive get a clear answer before their connections are cut."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from starlette.requests import Request

from shared.errors import Unavailable


class ShuttingDown(Unavailable):
    """The gateway is shutting down. Nothing was kept; send the request again to the one that follows it."""

    code = "shutting_down"


@dataclass(slots=True)
class Stopping:
    """Belongs to one application. `has_begun` ends what waits for no reason of its own, such as long polls."""

    has_begun: bool = False
    _refuses: bool = False
    _waits: set[asyncio.Timeout] = field(default_factory=set)

    @classmethod
    def of(cls, request: Request) -> "Stopping":
        app = request.scope.get("app")
        return getattr(app.state, "stopping", cls()) if app else cls()

    async def begin(self, seconds: float) -> None:
        """Give bodies so much time to arrive completely, then refuse the rest of them."""
        self.has_begun = True
        await asyncio.sleep(seconds)
        self._refuses = True
        for wait in self._waits:
            wait.reschedule(asyncio.get_running_loop().time())

    @contextmanager
    def interrupts(self, wait: asyncio.Timeout) -> Iterator[None]:
        """Let the wait for more of a body expire when it is refused."""
        self._waits.add(wait)
        try:
            yield
        finally:
            self._waits.discard(wait)

    def check(self) -> None:
        """Raises ShuttingDown if bodies are refused."""
        if self._refuses:
            raise ShuttingDown("The gateway is shutting down; nothing was kept. Send the request again.")
