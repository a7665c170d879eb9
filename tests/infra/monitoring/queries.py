"""The queries of the alert rules and of the dashboard, and what they refer to."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from tests.fixtures.stack import REPOSITORY

MONITORING = REPOSITORY / "infra" / "monitoring"
ALERTS = MONITORING / "alerts.yml"
DASHBOARD = MONITORING / "grafana" / "photochrom.json"
# Of Prometheus itself, not of any process.
BUILT_IN = {"up", "ALERTS"}

_STRING = re.compile(r'"[^"]*"')
_NAME = re.compile(r"\b(?:photochrom|process|python)_\w+")
_SELECTOR = re.compile(r"(photochrom_\w+)\s*\{([^}]*)\}")
_GROUPED = re.compile(r"\b(?:by|without)\s*\(([^)]*)\)")


def rules() -> list[dict[str, str]]:
    return yaml.safe_load(ALERTS.read_text())["groups"][0]["rules"]


def panels() -> list[dict]:
    return json.loads(DASHBOARD.read_text())["panels"]


def dashboard_queries() -> list[str]:
    return [target["expr"] for panel in panels() for target in panel.get("targets", [])]


def all_queries() -> list[str]:
    return [rule["expr"] for rule in rules()] + dashboard_queries()


def names_in(query: str) -> set[str]:
    """The metrics that a query reads."""
    return set(_NAME.findall(_STRING.sub("", query)))


def labels_in(query: str) -> Iterator[tuple[str, str]]:
    """The metrics with the labels that a query selects or groups by."""
    for name, selectors in _SELECTOR.findall(_STRING.sub('""', query)):
        yield from ((name, label.strip(" \n=!~")) for label in re.findall(r"\w+\s*[=!]~?", selectors))
    for labels in _GROUPED.findall(query):
        yield from ((name, label.strip()) for label in labels.split(",") for name in names_in(query))


def as_rules(queries: list[str], path: Path) -> Path:
    """A file with the queries as rules, because promtool parses no others without a server."""
    recorded = [
        {"record": f"query_{number}", "expr": query.replace("$__rate_interval", "1m")}
        for number, query in enumerate(queries)
    ]
    path.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": recorded}]}))
    return path
