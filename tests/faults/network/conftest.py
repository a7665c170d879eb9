"""One stage behind proxies for all scenarios that leave it whole."""

from collections.abc import Iterator

import pytest

from tests.faults.network.stage import Network, network_running


@pytest.fixture(scope="package")
def network(tmp_path_factory: pytest.TempPathFactory, real_servers: None) -> Iterator[Network]:
    with network_running(tmp_path_factory.mktemp("network")) as running:
        yield running
