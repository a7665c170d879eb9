"""What the processes of a real stack show: every metric that is defined, and so every one that a query reads."""

import shutil
import subprocess

import pytest

from shared.metrics.catalogue import all_metrics
from tests.fixtures.metrics import exposed, samples
from tests.fixtures.stack import RunningStack, wait_until
from tests.infra.monitoring.conftest import PROCESSES
from tests.infra.monitoring.queries import all_queries, names_in

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def shown(watched: RunningStack, port: int) -> dict[str, str]:
    """What each process shows."""
    return {name: exposed(url_of(port, name)) for name in PROCESSES}


def url_of(port: int, name: str) -> str:
    return f"http://127.0.0.1:{port + PROCESSES.index(name)}/metrics"


def names_shown(text: str) -> set[str]:
    """Those of metrics without a sample yet, too."""
    return {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE photochrom_")}


@pytest.mark.parametrize("name", PROCESSES)
def test_a_process_shows_its_own_metrics_and_no_others(shown: dict[str, str], name: str) -> None:
    kind = name.partition("-")[0]
    defined = {metric.name for metric in all_metrics() if metric.process == kind}
    # The reconciler waits for servers like a worker, and shows how often.
    if kind == "reconciler":
        assert defined <= names_shown(shown[name])
    else:
        assert names_shown(shown[name]) == defined


def test_every_metric_in_a_query_is_shown_by_a_process(shown: dict[str, str]) -> None:
    together = "".join(shown.values())
    types = {line.split()[2]: line.split()[3] for line in together.splitlines() if line.startswith("# TYPE ")}
    known = {
        f"{name}{part}"
        for name, kind in types.items()
        for part in (("_bucket", "_sum", "_count") if kind == "histogram" else ("",))
    }

    assert {name for query in all_queries() for name in names_in(query)} <= known


def test_a_finished_job_has_left_its_traces(shown: dict[str, str]) -> None:
    bulk, gateway = samples(shown["worker-bulk"]), samples(shown["gateway"])

    assert {"role": "bulk", "outcome": "succeeded", "code": ""} in bulk["photochrom_items_total"]
    assert {each["stage"] for each in bulk["photochrom_stage_seconds_count"]} == {
        *("fetch", "decode", "infer", "compose", "put")
    }
    assert {"task": "chunk.colorize", "outcome": "completed"} in bulk["photochrom_task_seconds_count"]
    assert {"kind": "bulk"} in gateway["photochrom_jobs_accepted_total"]
    routes = {each["route"] for each in gateway["photochrom_http_requests_total"]}
    assert {"/v1/jobs", "/v1/jobs/{job_id}", "/readyz"} <= routes


def test_workers_are_alive_by_role(watched: RunningStack, port: int) -> None:
    expected = {f'photochrom_workers{{role="{role}"}} 1.0' for role in ("ingest", "interactive", "bulk")}

    wait_until(lambda: expected <= set(exposed(url_of(port, "reconciler")).splitlines()), seconds=20)


@pytest.mark.parametrize("name", PROCESSES)
def test_the_exposition_follows_the_conventions(shown: dict[str, str], name: str) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (Debian: apt-get install prometheus)")

    outcome = subprocess.run(
        [promtool, "check", "metrics"], input=shown[name], capture_output=True, text=True, check=False
    )

    assert (outcome.returncode, outcome.stdout, outcome.stderr) == (0, "", "")


def test_nothing_is_shown_on_the_gateways_own_port(watched: RunningStack) -> None:
    with pytest.raises(OSError, match="404"):
        exposed(f"{watched.url}/metrics")


def test_logs_name_where_metrics_are(watched: RunningStack, port: int) -> None:
    assert f"http://127.0.0.1:{port}/metrics" in watched.logs("gateway")
