"""One stage for all scenarios that do not disturb its servers, and random choices that a seed repeats."""

import os
import random
from collections.abc import Iterator

import pytest

from tests.faults.evidence import SWEEP_SECONDS, strays
from tests.faults.score import Score, scores
from tests.faults.stage import Stage, stage_running
from tests.fixtures.stack import wait_until

SEED = "FAULTS_SEED"


@pytest.fixture(scope="package")
def stage(tmp_path_factory: pytest.TempPathFactory, real_servers: None) -> Iterator[Stage]:
    with stage_running(tmp_path_factory.mktemp("stage")) as running:
        running.learn()
        yield running
        # In the end, every object and document belongs to a job, whatever was killed in between.
        wait_until(lambda: not strays(running), SWEEP_SECONDS, lambda: "\n".join(strays(running)))


@pytest.fixture
def rng() -> random.Random:
    """Seeded by `FAULTS_SEED` if that is set. Prints the seed, so that pytest shows it when the test fails."""
    seed = os.environ.get(SEED) or str(random.randrange(10**6))
    print(f"{SEED}={seed}")
    return random.Random(seed)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the totals of the run."""
    if scores:
        terminalreporter.section("faults")
        for line in sum(scores.values(), Score()).lines():
            terminalreporter.line(line)
        for folder in scores:
            terminalreporter.line(f"history: {folder}")
