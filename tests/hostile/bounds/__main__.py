"""Print the table: `python -m tests.hostile.bounds`. It starts a stack of its own and takes two minutes."""

import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.fixtures.stack import stack_running
from tests.hostile.bounds.catalogue import BOUNDS


def main() -> int:
    """The exit code is 1 if a bound is not as docs/security.md says."""
    with (
        tempfile.TemporaryDirectory() as folder,
        stack_running(Path(folder) / "home") as stack,
        ThreadPoolExecutor() as threads,
    ):
        # Those of time wait side by side; the others would slow each other down.
        waiting = {bound: threads.submit(bound.measure, stack) for bound in BOUNDS if bound.takes_a_minute}
        measured = {bound: bound.measure(stack) for bound in BOUNDS if bound not in waiting}
        measured |= {bound: waited.result() for bound, waited in waiting.items()}
    print("| what | bound | measured |\n|---|---|---|")
    for bound in BOUNDS:
        print(f"| {bound.what} | {bound.right} | {measured[bound]} |")
    return 1 if any(measured[bound] != bound.right for bound in BOUNDS) else 0


if __name__ == "__main__":
    sys.exit(main())
