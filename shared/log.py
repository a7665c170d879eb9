"""Structured logs: `log.info("chunk.claimed", job=…, no=…)`. Event names are dotted and constant, values are fields."""

import logging
import sys
from contextlib import suppress
from typing import Any

import structlog

_AMBIGUOUS = frozenset(" =\"'")


def configure_logging(process: str, log_format: str = "console") -> None:
    """Write events to stderr, one per line, together with the warnings of libraries.

    Call this once, at the start of a process. Never log image bytes, presigned URLs or API keys.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *_renderers(log_format, to_terminal=sys.stderr.isatty()),
        ],
        logger_factory=lambda *_: _PatientLogger(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    structlog.contextvars.bind_contextvars(process=process)
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(name)s %(levelname)s %(message)s"
    )


class _PatientLogger(structlog.WriteLogger):
    """Drops a line that cannot be written: on a full disk the work must go on."""

    def msg(self, message: str) -> None:
        with suppress(OSError):
            super().msg(message)

    debug = info = warning = error = critical = exception = fatal = log = msg


def _renderers(log_format: str, *, to_terminal: bool) -> list[structlog.typing.Processor]:
    if log_format == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    if to_terminal:
        # The default traceback prints all local variables, which takes seconds and reveals secrets.
        return [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    return [structlog.processors.format_exc_info, _line]


def _line(_logger: structlog.typing.WrappedLogger, _method: str, event: structlog.typing.EventDict) -> str:
    """The same line as `ConsoleRenderer` without colors, in a tenth of the time: a gateway logs every request."""
    head = f"{event.pop('timestamp')} [{event.pop('level'):9}] {event.pop('event'):30}"
    trace = event.pop("exception", None)
    line = " ".join([head, *(f"{name}={_format(event[name])}" for name in sorted(event))]).rstrip()
    return line if trace is None else f"{line}\n{trace}"


def _format(value: Any) -> str:
    """Quoted if it has control characters, or if it could be read as more than one value."""
    is_plain = isinstance(value, str) and value.isprintable() and _AMBIGUOUS.isdisjoint(value)
    return value if is_plain else repr(value)
