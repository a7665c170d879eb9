from collections.abc import Iterator

import pytest

from tests.fixtures.receiver import Receiver, receiving


@pytest.fixture
def receiver(real_servers: None) -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver
