"""Hints, end to end: a color given by the client or the command appears at its point in the result."""

import random
import subprocess
import sys
from pathlib import Path

import pytest
from photochrom import Client, Hint

from benchmarks.archives import encode, photograph
from shared.jobs import options
from tests.fixtures.stack import RunningStack
from tests.worker.hinted import missing

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

RED, BLUE = Hint(0.25, 0.3, "#b03020"), Hint(0.75, 0.7, "#2040b0")


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hints") / "scan.png"
    path.write_bytes(encode(photograph(random.Random(3)), "png"))
    return path


def test_a_hint_moves_the_color_at_its_point_towards_its_color(client: Client, scan: Path) -> None:
    plain, hinted = client.submit(scan), client.submit(scan, hints=[RED, BLUE])

    without, hinted_result = (client.result(client.wait(job, timeout=120)) for job in (plain, hinted))

    assert client.job(hinted).options.hints == (RED, BLUE)
    for each in (RED, BLUE):
        place = options.Hint(x=each.x, y=each.y, color=each.color)
        assert missing(hinted_result, place) < 0.75 * missing(without, place)


def test_the_command_makes_the_same_picture_from_the_same_hints(
    stack: RunningStack, client: Client, scan: Path, tmp_path: Path
) -> None:
    job = client.wait(client.submit(scan, hints=[RED, BLUE]), timeout=120)
    options = [word for hint in (RED, BLUE) for word in ("--hint", str(hint))]
    command = [sys.executable, "-m", "photochrom", "submit", str(scan), *options, "--output", str(tmp_path)]

    run = subprocess.run([*command, "--url", stack.url], capture_output=True, check=False)

    assert run.returncode == 0, run.stderr.decode()
    assert (tmp_path / "scan.png").read_bytes() == client.result(job)
