"""Two stacks with real processes: one that stays undisturbed, and one with short leases whose jobs are disturbed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from photochrom import Client

from benchmarks.archives import Entry, mixed_zip, photographs
from benchmarks.stacks import stub_stack
from tests.fixtures.stack import RunningStack, stack_running


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory, real_servers: None) -> Iterator[RunningStack]:
    """Jobs may read the bucket `museum`, logs are JSON. A test that kills a server needs its own `stack_running`."""
    settings = {"PHOTOCHROM_SOURCES__BUCKETS": '["museum"]', "PHOTOCHROM_LOG_FORMAT": "json"}
    with stack_running(tmp_path_factory.mktemp("stack") / "home", **settings) as stack:
        yield stack


@pytest.fixture(scope="package")
def client(stack: RunningStack) -> Iterator[Client]:
    with Client(stack.url) as client:
        yield client


@pytest.fixture(scope="package")
def fragile_stack(tmp_path_factory: pytest.TempPathFactory, real_servers: None) -> Iterator[RunningStack]:
    """Its colorizer takes a fixed time per picture, so that jobs last long enough to be disturbed, without the CPU."""
    short = {
        "PHOTOCHROM_LEASE__SECONDS": "3",
        "PHOTOCHROM_LEASE__RENEW_SECONDS": "1",
        "PHOTOCHROM_LEASE__GRACE_SECONDS": "1",
        "PHOTOCHROM_DISPATCH__CHUNK_ITEMS": "8",
        "PHOTOCHROM_RECONCILE__INTERVAL_SECONDS": "0.5",
        "PHOTOCHROM_RECONCILE__RESEND_SECONDS": "2",
        "STEADY_SECONDS": "0.1",
    }
    with stub_stack(tmp_path_factory.mktemp("fragile") / "home", zoo="steady", **short) as stack:
        yield stack


@pytest.fixture(scope="package")
def fragile_client(fragile_stack: RunningStack) -> Iterator[Client]:
    with Client(fragile_stack.url) as client:
        yield client


@pytest.fixture(scope="package")
def archive(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Entry]]:
    """A zip of 90 photographs with junk among them, and the expected outcome of each entry."""
    path = tmp_path_factory.mktemp("archive") / "scans.zip"
    return path, mixed_zip(path, photographs(90))
