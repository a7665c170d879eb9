"""One stage for all scenarios that leave its servers alone, and a seed that can be given again."""

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
        # Whatever was killed in between: in the end everything is some job's.
        wait_until(lambda: not strays(running), SWEEP_SECONDS, lambda: "\n".join(strays(running)))


@pytest.fixture
def rng() -> random.Random:
    """Seeded by `FAULTS_SEED`, or anew; the seed is printed, and so shown when the test fails."""
    seed = os.environ.get(SEED) or str(random.randrange(10**6))
    print(f"{SEED}={seed}")
    return random.Random(seed)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The numbers of the run, to be quoted."""
    if scores:
        terminalreporter.section("faults")
        for line in sum(scores.values(), Score()).lines():
            terminalreporter.line(line)
        for folder in scores:
            terminalreporter.line(f"history: {folder}")
