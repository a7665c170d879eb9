"""Fixtures for worker tests. They are not in the root conftest.py because they load torch."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.fixtures.worker_process import start
from tests.fixtures.worker_servers import decoders, worker_environment, worker_storage, workplace

__all__ = ["anyio_backend", "decoders", "start", "worker_environment", "worker_storage", "workplace"]


@pytest.fixture
def anyio_backend() -> str:
    """Motor supports asyncio only."""
    return "asyncio"


@pytest.fixture
def nothing_left_open() -> Iterator[None]:
    """Decoded pictures are in memory files, which must be closed however a chunk ends."""
    before = memory_files()
    yield
    assert memory_files() == before


def memory_files() -> int:
    return sum(map(is_memory_file, Path("/proc/self/fd").iterdir()))


def is_memory_file(link: Path) -> bool:
    with suppress(FileNotFoundError):  # Another thread closed it in the meantime.
        return "memfd" in str(link.readlink())
    return False
