"""`/metrics` of a process."""

import socket

import pytest
from structlog.testing import capture_logs

from shared.metrics import gateway
from shared.metrics.serving import MetricsPortTaken, metrics_served
from shared.settings import MetricsSettings
from tests.fixtures.metrics import exposed, samples
from tests.fixtures.ports import free_port


def test_metrics_are_shown_while_the_process_runs_and_no_longer() -> None:
    port = free_port()
    gateway.JOBS_ACCEPTED.labels("bulk").inc()

    with metrics_served(MetricsSettings(port=port)):
        shown = samples(exposed(f"http://127.0.0.1:{port}/metrics"))

    assert {"kind": "bulk"} in shown["photochrom_jobs_accepted_total"]
    assert "process_resident_memory_bytes" in shown
    assert not any(name.endswith("_created") for name in shown)
    with pytest.raises(OSError):
        exposed(f"http://127.0.0.1:{port}/metrics")


def test_without_a_port_there_are_none() -> None:
    with capture_logs() as logs, metrics_served(MetricsSettings()):
        assert logs == []


def test_port_0_is_a_free_one_that_the_log_names() -> None:
    with capture_logs() as logs, metrics_served(MetricsSettings(port=0)):
        assert "photochrom_" in exposed(logs[0]["url"])


def test_a_port_in_use_is_refused_in_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with (
            pytest.raises(MetricsPortTaken, match=rf"port {port}: Address already in use\. .*PHOTOCHROM_METRICS__PORT"),
            metrics_served(MetricsSettings(port=port)),
        ):
            pass
