"""The memory that archive bombs cost the processes that read them: `python -m benchmarks.hostile`.

The bombs of `tests/hostile`, which tests how each is handled, are submitted to a whole stack one after the other. The
result is the peak growth of the process that grew most.
"""

import argparse
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from photochrom import Client

from benchmarks import memory
from benchmarks.report import Row, conclude
from benchmarks.stacks import pids, stub_stack
from tests.hostile.attacks import Attack
from tests.hostile.bombs import BOMBS
from tests.zoo.pictures import scans

PROCESSES = ("worker-ingest", "worker-bulk", "gateway")
# These have separate rows.
LISTED = ("zip_bomb_of_two_gigabytes", "zip_of_160_bytes_that_claims_a_gigabyte")
MOST_MB = 50


def cost(client: Client, watched: Mapping[str, int], attack: Attack) -> dict[str, float]:
    """The peak growth of each process in MB."""
    memory.reset_peaks(watched)
    before = memory.peaks(watched)
    client.wait(client.submit(attack.make(), filename="attack"))
    growth = memory.growth(before, memory.peaks(watched))
    print(f"{attack}: {', '.join(f'{name} {megabytes:.1f} MB' for name, megabytes in growth.items())}", flush=True)
    return growth


def main() -> int:
    argparse.ArgumentParser(prog="python -m benchmarks.hostile", description=__doc__).parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        stub_stack(Path(folder, "home")) as stack,
        Client(stack.url) as client,
    ):
        client.wait(client.submit(scans(8)))  # Warm-up: what the first archive loads does not count.
        watched = pids(stack, *PROCESSES)
        costs = {str(bomb): max(cost(client, watched, bomb).values()) for bomb in BOMBS}
    worst = max(costs, key=lambda name: costs[name])
    rows = [
        Row.at_most(f"memory of a process: {name.replace('_', ' ')}", costs[name], MOST_MB, "MB") for name in LISTED
    ]
    rest = f"memory of a process: the worst of {len(costs)} bombs"
    return conclude([*rows, Row.at_most(rest, costs[worst], MOST_MB, "MB", more=worst.replace("_", " "))])


if __name__ == "__main__":
    sys.exit(main())
