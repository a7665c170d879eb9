"""Several things at once: jobs are independent, so one stage can serve several scenarios side by side."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

LANES = 4

Answer = TypeVar("Answer")


def in_lanes(acts: Sequence[Callable[[], Answer]], lanes: int = LANES) -> list[Answer]:
    """Several at once, and all of them, whatever becomes of some; then raises what any of them raised."""
    with ThreadPoolExecutor(lanes) as pool:
        futures = [pool.submit(act) for act in acts]
    failures = [error for future in futures if (error := future.exception())]
    if failures:
        raise BaseExceptionGroup(f"{len(failures)} of {len(acts)} failed", failures)
    return [future.result() for future in futures]
