"""Print the table: `python -m tests.cases`, or `python -m tests.cases A tiff` for what those words occur in."""

import logging
import sys

import structlog

from tests.cases.case import Case
from tests.cases.catalogue import catalogue


def main(words: list[str]) -> int:
    """The exit code is 1 if a case has not its right value."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    cases = [case for case in catalogue() if not words or any(_matches(case, word) for word in words)]
    wrong = 0
    print("case\tright value\tnow\t")
    for case in cases:
        now = case.now()
        wrong += now != case.right
        print(f"{case.letter} {case.name}\t{case.right}\t{now}\t{'ok' if now == case.right else 'NOT'}", flush=True)
    print(f"{len(cases) - wrong} of {len(cases)} are right.")
    return 1 if wrong else 0


def _matches(case: Case, word: str) -> bool:
    return word == case.letter or word in case.name


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
