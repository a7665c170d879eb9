"""One stack for all attacks, warmed up so that memory loaded for the first picture is not counted as theirs."""

from collections.abc import Iterator

import pytest
from photochrom import Client

from tests.fixtures.stack import RunningStack, stack_running
from tests.hostile.siege import Siege
from tests.zoo.pictures import picture, scans


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory, real_servers: None) -> Iterator[RunningStack]:
    with stack_running(tmp_path_factory.mktemp("stack") / "home") as stack:
        yield stack


@pytest.fixture(scope="package")
def client(stack: RunningStack) -> Iterator[Client]:
    with Client(stack.url) as client:
        yield client


@pytest.fixture(scope="package")
def warm_stack(stack: RunningStack, client: Client) -> RunningStack:
    for content in (scans(16), picture(), picture(size=(480, 640))):
        assert client.wait(client.submit(content, filename="warm"), timeout=200).state == "succeeded"
    return stack


@pytest.fixture(scope="module")
def siege(warm_stack: RunningStack, client: Client) -> Siege:
    return Siege(warm_stack, client)
