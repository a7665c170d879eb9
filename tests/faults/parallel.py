"""Scenarios in parallel: jobs are independent, so one stage can serve several at the same time."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

THREADS = 4

Answer = TypeVar("Answer")


def in_parallel(acts: Sequence[Callable[[], Answer]], threads: int = THREADS) -> list[Answer]:
    """Run all of them, several at a time, even if some fail. Then raise all errors as one group."""
    with ThreadPoolExecutor(threads) as pool:
        futures = [pool.submit(act) for act in acts]
    failures = [error for future in futures if (error := future.exception())]
    if failures:
        raise BaseExceptionGroup(f"{len(failures)} of {len(acts)} failed", failures)
    return [future.result() for future in futures]
