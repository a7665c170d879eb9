import io
import json
import logging
import sys
import warnings

import pytest
import structlog
from structlog.dev import ConsoleRenderer, plain_traceback

from shared.log import Origin, configure_logging, request_logged

FIELDS = [
    {},
    {"status": 200, "ms": 1.5, "path": "/v1/jobs"},
    {"detail": "with spaces", "none": None, "text": "", "quoted": "it's", "lines": "a\nb", "equals": "a=b"},
    {"items": [1, 2], "found": {"a": "b c"}, "raw": b"\x00", "path": "zürich/ß.jpg", "path2": "日本"},
]


def as_structlog_would(line: str, event: str, fields: dict) -> str:
    head = {"timestamp": line.split(" ")[0], "level": "info", "event": event, "process": "test"}
    renderer = ConsoleRenderer(colors=False, exception_formatter=plain_traceback)
    return renderer(None, "info", head | fields) + "\n"


@pytest.mark.parametrize("fields", FIELDS)
@pytest.mark.parametrize("event", ["chunk.claimed", "an.event.whose.name.is.longer.than.its.column"])
def test_a_line_is_what_structlog_would_write(capsys, event, fields):
    configure_logging("test")

    structlog.get_logger().info(event, **fields)

    line = capsys.readouterr().err
    assert line == as_structlog_would(line, event, fields)


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_a_trace_shows_no_values_of_variables(capsys, log_format):
    configure_logging("test", log_format)
    secret = "".join(["pass", "word"])

    try:
        {}[len(secret)]
    except KeyError:
        structlog.get_logger().exception("request.failed")

    written = capsys.readouterr().err
    assert "KeyError: 8" in written
    assert "password" not in written


def test_a_line_has_no_control_characters(capsys):
    configure_logging("test")

    structlog.get_logger().info("request.answered", path="/\x1b[31m\n\x9b")

    assert "path='/\\x1b[31m\\n\\x9b'" in capsys.readouterr().err


def test_json_logs_have_one_object_per_line_for_any_values(capsys):
    configure_logging("test", "json")

    structlog.get_logger().info("chunk.claimed", where=object, raw=b"\xff", more={1, 2}, text="日本\n")

    line, end = capsys.readouterr().err.split("\n")
    assert end == ""
    assert json.loads(line)["event"] == "chunk.claimed"
    assert json.loads(line)["text"] == "日本\n"


def test_a_warning_of_a_library_is_an_object_with_the_request_too(capsys, monkeypatch):
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    configure_logging("test", "json")

    with request_logged(Origin("req_1")), warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.getLogger("kombu").warning("lost %s", "connection")
        warnings.warn("old\nfunction", DeprecationWarning, stacklevel=1)

    kombu, warning = map(json.loads, capsys.readouterr().err.splitlines())
    assert (kombu["event"], kombu["logger"], kombu["level"]) == ("lost connection", "kombu", "warning")
    assert (kombu["request_id"], kombu["process"]) == ("req_1", "test")
    assert "old\nfunction" in warning["event"]


def test_a_line_goes_to_stderr_as_it_was_at_the_start(capsys, monkeypatch):
    configure_logging("test")
    monkeypatch.setattr(sys, "stderr", io.StringIO())

    structlog.get_logger().info("worker.ready")

    assert sys.stderr.getvalue() == ""
    assert "worker.ready" in capsys.readouterr().err
