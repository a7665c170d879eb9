"""Which services make up a stack, and their settings."""

import pytest

from infra.standalone.errors import StackError
from infra.standalone.home import DataFolder
from infra.standalone.stack import embedded_stack, worker_service
from tests.fixtures.ports import free_port


def test_servers_start_before_migrations_and_those_before_all_others(tmp_path):
    stack = embedded_stack(DataFolder(tmp_path), {"PHOTOCHROM_PORT": str(free_port())})

    assert [[service.name for service in stage] for stage in stack.stages] == [
        ["redis", "mongo", "bucket"],
        ["migrations"],
        ["gateway", "worker-ingest", "worker-interactive", "worker-bulk", "reconciler"],
    ]


def test_our_processes_get_the_servers_addresses_and_the_users_settings(tmp_path):
    port = free_port()
    environment = {"PHOTOCHROM_PORT": str(port), "PHOTOCHROM_LEASE__SECONDS": "3", "EDITOR": "ed"}

    stack = embedded_stack(DataFolder(tmp_path), environment)

    assert stack.url == f"http://127.0.0.1:{port}"
    assert stack.environment["PHOTOCHROM_LEASE__SECONDS"] == "3"
    assert "EDITOR" not in stack.environment
    for service in (*stack.stages[1], *stack.stages[2]):
        assert stack.environment.items() <= service.environment.items()
    assert {name for name in stack.environment if name.endswith("URL")} == {
        "PHOTOCHROM_MONGO__URL",
        "PHOTOCHROM_REDIS__URL",
        "PHOTOCHROM_STORAGE__ENDPOINT_URL",
    }


def test_workers_share_the_cores(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    assert worker_service("bulk", {}).environment["OMP_NUM_THREADS"] == "1"

    monkeypatch.setattr("os.cpu_count", lambda: 16)
    assert worker_service("bulk", {}).environment["OMP_NUM_THREADS"] == "8"

    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert worker_service("bulk", {}).environment["OMP_NUM_THREADS"] == "3"


def test_more_bulk_workers_share_the_cores(tmp_path, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: 16)

    stack = embedded_stack(DataFolder(tmp_path), {"PHOTOCHROM_PORT": str(free_port()), "PHOTOCHROM_WORKERS": "3"})
    workers = [service for service in stack.stages[2] if service.name.startswith("worker-")]

    assert [worker.name for worker in workers] == [
        *("worker-ingest", "worker-interactive", "worker-bulk", "worker-bulk-2", "worker-bulk-3"),
    ]
    assert {worker.environment["OMP_NUM_THREADS"] for worker in workers} == {"4"}
    assert [worker.command[-1] for worker in workers] == ["ingest", "interactive", "bulk", "bulk", "bulk"]


def test_an_invalid_number_of_workers_is_rejected(tmp_path):
    with pytest.raises(StackError, match="PHOTOCHROM_WORKERS: Input should be a valid integer"):
        embedded_stack(DataFolder(tmp_path), {"PHOTOCHROM_PORT": str(free_port()), "PHOTOCHROM_WORKERS": "all"})


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"PHOTOCHROM_BIND": "192.168.1.5"}, "MongoDB needs PHOTOCHROM_TLS_CERTIFICATE and PHOTOCHROM_TLS_KEY"),
        ({"PHOTOCHROM_BIND": "0.0.0.0"}, "not a private address"),
        ({"PHOTOCHROM_BIND": "8.8.8.8"}, "not a private address"),
        ({"PHOTOCHROM_BIND": "museum.lan"}, "not an IP address"),
        ({"PHOTOCHROM_TLS_KEY": "key.pem"}, "set both"),
    ],
)
def test_servers_for_other_machines_need_a_private_address_and_tls(tmp_path, variables, reason):
    with pytest.raises(StackError, match=reason):
        embedded_stack(DataFolder(tmp_path), {"PHOTOCHROM_PORT": str(free_port()), **variables})


@pytest.mark.parametrize("port", ["http", "0", "70000", "-1"])
def test_an_invalid_port_is_rejected(tmp_path, port):
    with pytest.raises(StackError, match="Invalid PHOTOCHROM_PORT"):
        embedded_stack(DataFolder(tmp_path), {"PHOTOCHROM_PORT": port})


def test_without_a_port_no_process_shows_metrics(tmp_path):
    stack = embedded_stack(DataFolder(tmp_path), {"PHOTOCHROM_PORT": str(free_port())})

    assert [service for service in stack.stages[2] if "PHOTOCHROM_METRICS__PORT" in service.environment] == []
    assert "PHOTOCHROM_METRICS__PORT" not in stack.environment


def test_each_process_shows_its_metrics_on_its_own_port_and_added_workers_on_any(tmp_path):
    environment = {"PHOTOCHROM_PORT": str(free_port()), "PHOTOCHROM_METRICS__PORT": "19300"}

    stack = embedded_stack(DataFolder(tmp_path), environment)

    ports = [service.environment["PHOTOCHROM_METRICS__PORT"] for service in stack.stages[2]]
    assert ports == [str(port) for port in range(19300, 19300 + len(ports))]
    assert stack.environment["PHOTOCHROM_METRICS__PORT"] == "0"


@pytest.mark.parametrize("port", ["metrics", "65532", "-1"])
def test_an_invalid_port_for_metrics_is_rejected(tmp_path, port):
    with pytest.raises(StackError, match="Invalid PHOTOCHROM_METRICS__PORT"):
        embedded_stack(DataFolder(tmp_path), {"PHOTOCHROM_PORT": str(free_port()), "PHOTOCHROM_METRICS__PORT": port})
