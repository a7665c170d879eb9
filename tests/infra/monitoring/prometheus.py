"""A real Prometheus that scrapes a stack as infra/monitoring/one-machine.yml says."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
import yaml

from tests.fixtures.ports import free_port
from tests.fixtures.stack import wait_until
from tests.infra.monitoring.queries import MONITORING

# What one-machine.yml has for the first process.
FIRST_PORT = 9400
# In place of what Grafana computes: at least four scrapes, and all that a test has done so far.
RATE_INTERVAL = "5m"


@dataclass(frozen=True)
class Prometheus:
    url: str

    def query(self, text: str) -> list[dict[str, Any]]:
        """The samples of an instant query, now."""
        parameters = urlencode({"query": text.replace("$__rate_interval", RATE_INTERVAL)})
        answer = self._get(f"/api/v1/query?{parameters}")
        assert answer["status"] == "success", answer
        return list(answer["data"]["result"])

    def has(self, text: str) -> bool:
        return bool(self.query(text))

    def unhealthy(self) -> dict[str, str]:
        """The errors of targets and alert rules, by name."""
        targets = self._get("/api/v1/targets")["data"]["activeTargets"]
        groups = self._get("/api/v1/rules")["data"]["groups"]
        errors = {target["labels"]["job"]: target["lastError"] for target in targets if target["health"] != "up"}
        return errors | {
            rule["name"]: rule["lastError"] for group in groups for rule in group["rules"] if rule["health"] == "err"
        }

    def _get(self, path: str) -> Any:
        with urlopen(self.url + path, timeout=10) as response:
            return json.load(response)


@contextmanager
def prometheus_running(folder: Path, first_port: int) -> Iterator[Prometheus]:
    """Skips the test where it is not installed."""
    program = shutil.which("prometheus")
    if program is None:
        pytest.skip("prometheus is not installed (Debian: apt-get install prometheus)")
    configuration = folder / "prometheus.yml"
    configuration.write_text(yaml.safe_dump(_configuration(first_port)))
    port = free_port()
    command = [
        program,
        f"--config.file={configuration}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    log = folder / "prometheus.log"
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            prometheus = Prometheus(f"http://127.0.0.1:{port}")
            wait_until(lambda: _is_scraping(prometheus), 60, log.read_text)
            yield prometheus
        finally:
            process.terminate()


def _configuration(first_port: int) -> Any:
    """As shipped, with the ports of this stack, and in a hurry."""
    text = (MONITORING / "one-machine.yml").read_text()
    for number in range(5):
        text = text.replace(f":{FIRST_PORT + number}", f":{first_port + number}")
    configuration = yaml.safe_load(text)
    configuration["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    configuration["rule_files"] = [str(MONITORING / "alerts.yml")]
    return configuration


def _is_scraping(prometheus: Prometheus) -> bool:
    try:
        return prometheus.has("count(up == 1) == 5")
    except OSError:
        return False
