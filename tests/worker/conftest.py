"""The fixtures of a worker; not in the root's list, because they load torch."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.fixtures.worker import decoders, worker_environment, worker_storage, workplace

__all__ = ["anyio_backend", "decoders", "worker_environment", "worker_storage", "workplace"]


@pytest.fixture
def anyio_backend() -> str:
    """Motor speaks asyncio only."""
    return "asyncio"


@pytest.fixture
def nothing_left_open() -> Iterator[None]:
    """Decoded pictures lie in memory files, which must be closed however a chunk ends."""
    before = memory_files()
    yield
    assert memory_files() == before


def memory_files() -> int:
    return sum(map(is_memory_file, Path("/proc/self/fd").iterdir()))


def is_memory_file(link: Path) -> bool:
    with suppress(FileNotFoundError):  # Another thread has closed it since.
        return "memfd" in str(link.readlink())
    return False
