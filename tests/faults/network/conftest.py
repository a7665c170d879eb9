"""One stage behind proxies, which all scenarios share: each ends its faults and restarts what it killed."""

from collections.abc import Iterator

import pytest

from tests.faults.network.stage import Network, network_running


@pytest.fixture(scope="package")
def network(tmp_path_factory: pytest.TempPathFactory, real_servers: None) -> Iterator[Network]:
    with network_running(tmp_path_factory.mktemp("network")) as running:
        yield running
