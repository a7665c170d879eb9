"""One stack for all attacks, which has worked before: what it loads for its first picture is not the attack's."""

from collections.abc import Iterator

import pytest
from photochrom import Client

from tests.fixtures.stack import RunningStack
from tests.hostile.siege import Siege
from tests.zoo.pictures import picture, scans


@pytest.fixture(scope="session")
def client(stack: RunningStack) -> Iterator[Client]:
    with Client(stack.url) as client:
        yield client


@pytest.fixture(scope="session")
def warm_stack(stack: RunningStack, client: Client) -> RunningStack:
    for content in (scans(16), picture(), picture(size=(480, 640))):
        assert client.wait(client.submit(content, filename="warm"), timeout=200).state == "succeeded"
    return stack


@pytest.fixture(scope="module")
def siege(warm_stack: RunningStack, client: Client) -> Siege:
    return Siege(warm_stack, client)
