"""The alert rules and the dashboard: they parse, are tested and documented, and refer only to what there is."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from shared.metrics.catalogue import all_metrics
from shared.metrics.worker import OUR_CODES, SERVER_CODES
from tests.fixtures.stack import REPOSITORY
from tests.infra.monitoring.queries import (
    ALERTS,
    MONITORING,
    all_queries,
    as_rules,
    dashboard_queries,
    labels_in,
    names_in,
    panels,
    rules,
)

RULE_TESTS = Path(__file__).with_name("alerts.test.yml")
# Every series has these, from the scrape; histograms have `le`.
TARGET_LABELS = {"job", "instance", "le"}
OF_LIBRARIES = re.compile("process_|python_")


@pytest.fixture
def promtool() -> Callable[..., None]:
    path = shutil.which("promtool")
    if path is None:
        pytest.skip("promtool is not installed (Debian: apt-get install prometheus)")

    def run(*arguments: object) -> None:
        outcome = subprocess.run([path, *map(str, arguments)], capture_output=True, text=True, check=False)
        assert outcome.returncode == 0, outcome.stdout + outcome.stderr

    return run


def test_every_alert_fires_when_it_should_and_only_then(promtool: Callable[..., None]) -> None:
    promtool("test", "rules", RULE_TESTS)


@pytest.mark.parametrize("name", ["prometheus.yml", "one-machine.yml"])
def test_the_scrape_configurations_are_valid(promtool: Callable[..., None], name: str) -> None:
    promtool("check", "config", MONITORING / name)


def test_prometheus_scrapes_every_service_of_compose_that_shows_metrics() -> None:
    services = yaml.safe_load((REPOSITORY / "compose.yaml").read_text())["services"]
    ports = {
        name: service["environment"]["PHOTOCHROM_METRICS__PORT"]
        for name, service in services.items()
        if name.startswith(("gateway", "reconciler", "worker-"))
    }
    scraped = yaml.safe_load((MONITORING / "prometheus.yml").read_text())["scrape_configs"][0]["dns_sd_configs"][0]

    assert ports == dict.fromkeys(scraped["names"], str(scraped["port"]))


def test_every_query_of_the_dashboard_parses(promtool: Callable[..., None], tmp_path: Path) -> None:
    promtool("check", "rules", as_rules(dashboard_queries(), tmp_path / "queries.yml"))


def test_every_alert_has_a_test_in_which_it_fires_and_one_in_which_it_does_not() -> None:
    fires: dict[str, set[bool]] = {rule["alert"]: set() for rule in rules()}
    for block in yaml.safe_load(RULE_TESTS.read_text())["tests"]:
        for case in block["alert_rule_test"]:
            assert case["alertname"] == block["name"]
            fires[case["alertname"]].add(bool(case.get("exp_alerts")))

    assert fires == {alert: {True, False} for alert in fires}


def test_every_alert_is_explained_and_no_other() -> None:
    page = (REPOSITORY / "docs" / "monitoring.md").read_text()
    section = page.partition("## Alerts\n")[2].partition("\n## ")[0]

    assert re.findall(r"^### (\w+)$", section, re.MULTILINE) == [rule["alert"] for rule in rules()]


def test_every_query_reads_metrics_and_labels_that_are_defined() -> None:
    labels = {sample: {*metric.labels, *TARGET_LABELS} for metric in all_metrics() for sample in metric.samples}

    for query in all_queries():
        assert {name for name in names_in(query) if not OF_LIBRARIES.match(name)} <= labels.keys(), query
        for name, label in labels_in(query):
            assert OF_LIBRARIES.match(name) or label in labels[name], query


def test_every_metric_of_ours_is_on_the_dashboard_or_in_an_alert() -> None:
    """What nobody looks at would only cost."""
    read = {name for query in all_queries() for name in names_in(query)}
    unread = {metric.name for metric in all_metrics() if not metric.samples & read}

    # For questions that come up after an incident.
    assert unread == {
        "photochrom_http_requests_in_progress",
        "photochrom_jobs_accepted_total",
        "photochrom_reconcile_pass_seconds",
        "photochrom_task_seconds",
    }


def test_codes_in_alerts_are_shown_before_they_occur() -> None:
    codes = set(re.search(r'code=~"([^"]*)"', ALERTS.read_text()).group(1).split("|"))

    assert codes == set(OUR_CODES)


@pytest.mark.parametrize("code", [*OUR_CODES, *SERVER_CODES])
def test_codes_that_are_shown_in_advance_exist(code: str) -> None:
    sources = [path.read_text() for room in ("shared", "worker") for path in (REPOSITORY / room).rglob("*.py")]

    assert sum(f'"{code}"' in source for source in sources) > 1


def test_panels_say_what_they_show_and_do_not_overlap() -> None:
    cells: set[tuple[int, int]] = set()
    for panel in panels():
        place = panel["gridPos"]
        covered = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert panel["type"] == "row" or panel["description"], panel["title"]
        assert not covered & cells, panel["title"]
        cells |= covered
    assert len({panel["id"] for panel in panels()}) == len(panels())
