"""Submitting a source as the body of one request, with retries that never create a second job."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from photochrom.http.transport import Response, Transport
from photochrom.sources.local import Source

ANSWER_SECONDS = 900.0
"""Read timeout after the last byte: the object storage may take minutes to assemble a large upload."""

OnSent = Callable[[int, int | None], None]


class BodySubmission:
    """`params` that are None are left out. `on_progress` gets the bytes sent, and their total if it is known."""

    def __init__(
        self,
        source: Source,
        params: Mapping[str, str | float | Sequence[str] | None],
        idempotency_key: str,
        on_progress: OnSent | None,
    ) -> None:
        self._source = source
        self._params = {
            name: list(value) if isinstance(value, Sequence) and not isinstance(value, str) else str(value)
            for name, value in params.items()
            if value is not None
        }
        self._headers = {
            "Content-Type": source.media_type,
            "Idempotency-Key": idempotency_key,
        }
        if source.length is not None:
            self._headers["Content-Length"] = str(source.length)
        self._on_progress = on_progress
        self._has_started = False

    def send(self, transport: Transport) -> Response:
        """Send until the service responds. A body that cannot be replayed is not retried after its first block."""
        return transport.with_retries(
            lambda: transport.request(
                "POST",
                "/v1/jobs",
                params=self._params,
                headers=self._headers,
                content=self._blocks(),
                read_seconds=ANSWER_SECONDS,
            ),
            may_repeat=lambda: self._source.replayable or not self._has_started,
        )

    def _blocks(self) -> Iterator[bytes]:
        sent = 0
        for block in self._source.blocks():
            self._has_started = True
            yield block
            sent += len(block)
            if self._on_progress:
                self._on_progress(sent, self._source.total)
