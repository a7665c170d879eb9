"""The dashboard's queries and the alert rules in a real Prometheus, which scrapes a stack that works."""

import io
import zipfile
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import httpx
import pytest
import yaml

from tests.fixtures.prometheus import Prometheus, prometheus_running
from tests.fixtures.stack import RunningStack, wait_until
from tests.infra.monitoring.conftest import colorized
from tests.infra.monitoring.queries import MONITORING, panels, rules
from tests.zoo.pictures import picture

pytestmark = pytest.mark.system

QUERIES = [
    pytest.param(target["expr"], id=f"{panel['title']}-{target['refId']}")
    for panel in panels()
    for target in panel.get("targets", [])
]
# What one-machine.yml has for the first process.
FIRST_PORT = 9400
# In place of what Grafana computes: at least four scrapes, and all that a test has done so far.
RATE_INTERVAL = "5m"
# Of GPUs, which are not here, and of people who try colors.
WITHOUT_RESULT = (
    "photochrom_recolor_seconds",
    "photochrom_device_memory_bytes",
    "photochrom_device_out_of_memory_total",
    "photochrom_cpu_fallback",
)


@pytest.fixture(scope="module")
def prometheus(watched: RunningStack, port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """After two jobs with a picture that fails each, and requests that are refused."""
    folder = tmp_path_factory.mktemp("prometheus")
    with prometheus_running(folder, configuration(port)) as prometheus:
        for number in range(2):
            job = colorized(watched, folder / "scans.zip", with_a_failure())
            assert job.state == "partially_succeeded"
            assert httpx.get(f"{watched.url}/v1/jobs/nothing").status_code == HTTPStatus.NOT_FOUND
            # An increase is what is added to what was scraped before.
            for counter in ('items_total{outcome="failed"}', 'http_requests_total{status="404"}'):
                scraped = f"sum(photochrom_{counter}) == {number + 1}"
                wait_until(lambda scraped=scraped: prometheus.has(scraped), 30)
        yield prometheus


def configuration(first_port: int) -> Any:
    """As shipped, with the ports of this stack, and in a hurry."""
    text = (MONITORING / "one-machine.yml").read_text()
    for number in range(5):
        text = text.replace(f":{FIRST_PORT + number}", f":{first_port + number}")
    configuration = yaml.safe_load(text)
    configuration["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    configuration["rule_files"] = [str(MONITORING / "alerts.yml")]
    return configuration


def with_a_failure() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(6):
            archive.writestr(f"{number}.jpg", picture(number))
        archive.writestr("broken.jpg", picture()[:100])
    return buffer.getvalue()


def test_every_target_is_scraped_and_every_rule_evaluated(prometheus: Prometheus) -> None:
    for rule in rules():
        prometheus.query(rule["expr"])

    assert unhealthy(prometheus) == {}


def unhealthy(prometheus: Prometheus) -> dict[str, str]:
    """The errors of targets and alert rules, by name."""
    targets = prometheus.get("/api/v1/targets")["data"]["activeTargets"]
    groups = prometheus.get("/api/v1/rules")["data"]["groups"]
    errors = {target["labels"]["job"]: target["lastError"] for target in targets if target["health"] != "up"}
    return errors | {
        rule["name"]: rule["lastError"] for group in groups for rule in group["rules"] if rule["health"] == "err"
    }


@pytest.mark.parametrize("query", QUERIES)
def test_every_panel_shows_something(prometheus: Prometheus, query: str) -> None:
    results = prometheus.query(query.replace("$__rate_interval", RATE_INTERVAL))

    # NaN is the quantile of a route that had no request lately.
    shown = [sample for sample in results if sample["value"][1] != "NaN"]
    assert bool(shown) is not any(name in query for name in WITHOUT_RESULT), results
