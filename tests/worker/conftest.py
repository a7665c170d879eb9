"""The fixtures of a worker; not in the root's list, because they load torch."""

import pytest

from tests.fixtures.worker import decoders, worker_environment, worker_storage, workplace

__all__ = ["anyio_backend", "decoders", "worker_environment", "worker_storage", "workplace"]


@pytest.fixture
def anyio_backend() -> str:
    """Motor speaks asyncio only."""
    return "asyncio"
