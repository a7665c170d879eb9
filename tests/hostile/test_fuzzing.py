"""Generated requests, valid and invalid: no server error, and every answer is as `/openapi.json` describes it."""

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.fixtures.stack import REPOSITORY, RunningStack, stack_running
from tests.hostile.fuzzing.known import known_ids
from tests.hostile.fuzzing.run import Fuzzing, fuzz

SEED = "FUZZ_SEED"
ALL_CASES = 15_000

pytestmark = [
    pytest.mark.system,
    pytest.mark.timeout(300),
    pytest.mark.skipif(find_spec("schemathesis") is None, reason="schemathesis is not installed: make install"),
]


@pytest.fixture(scope="module")
def own_stack(tmp_path_factory: pytest.TempPathFactory, real_servers: None) -> Iterator[RunningStack]:
    """Thousands of jobs, and a key, would be in the way of other tests."""
    with stack_running(tmp_path_factory.mktemp("fuzzed") / "home") as stack:
        yield stack


def create_key(stack: RunningStack) -> str:
    """As an operator does it, for more requests than the ordinary limit lets through."""
    options = ["--owner", "museum", "--scope", "admin", "--requests-per-second", "100000"]
    created = subprocess.run(
        [sys.executable, "-m", "infra.admin", "keys", "create", *options],
        cwd=REPOSITORY,
        env={**os.environ, **stack.environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return created.stdout.strip()


def run(stack: RunningStack, folder: Path, seed: str, *options: str, key: str | None = None) -> Fuzzing:
    print(f"{SEED}={seed}")
    return fuzz(stack.url, folder, known=known_ids(stack.url, key), seed=int(seed), options=options, key=key)


def test_some_hundred_requests_are_answered_as_described(stack: RunningStack, tmp_path: Path) -> None:
    """Always the same ones, without a key."""
    result = run(stack, tmp_path, "1", "--phases", "examples,fuzzing", "--max-examples", "13")

    assert result.passed, result.output
    assert result.cases >= 300


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_fifteen_thousand_requests_are_answered_as_described(own_stack: RunningStack, tmp_path: Path) -> None:
    """Others each time, with a key: `FUZZ_SEED=…` repeats a run."""
    seed = os.environ.get(SEED) or str(random.randrange(10**6))

    result = run(own_stack, tmp_path, seed, "--max-examples", "550", key=create_key(own_stack))

    assert result.passed, result.output
    assert result.cases >= ALL_CASES
    assert "request.failed" not in own_stack.logs("gateway")
