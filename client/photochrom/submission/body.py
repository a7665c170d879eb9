"""One body on its way to the service, try by try, so that however many tries it takes make one job."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from photochrom.http.transport import Response, Transport
from photochrom.sources.local import Source

ANSWER_SECONDS = 900.0
"""After the last byte of a large upload the gateway's object storage may take minutes to assemble it."""

OnSent = Callable[[int, int | None], None]


class Delivery:
    """`params` that are None are left out; `on_progress` hears of the bytes sent and their total, where it is known."""

    def __init__(
        self,
        source: Source,
        params: Mapping[str, str | float | None],
        idempotency_key: str,
        on_progress: OnSent | None,
    ) -> None:
        self._source = source
        self._params = {name: str(value) for name, value in params.items() if value is not None}
        self._headers = {
            "Content-Type": source.media_type,
            "Idempotency-Key": idempotency_key,
        }
        if source.length is not None:
            self._headers["Content-Length"] = str(source.length)
        self._on_progress = on_progress
        self._has_begun = False

    def send(self, transport: Transport) -> Response:
        """Try until the service has answered. A body that exists only once is not tried again after its first block."""
        return transport.patiently(
            lambda: transport.request(
                "POST",
                "/v1/jobs",
                params=self._params,
                headers=self._headers,
                content=self._blocks(),
                read_seconds=ANSWER_SECONDS,
            ),
            may_repeat=lambda: self._source.replayable or not self._has_begun,
        )

    def _blocks(self) -> Iterator[bytes]:
        sent = 0
        for block in self._source.blocks():
            self._has_begun = True
            yield block
            sent += len(block)
            if self._on_progress:
                self._on_progress(sent, self._source.total)
