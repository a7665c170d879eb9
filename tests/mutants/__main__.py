"""`python -m tests.mutants [NAME…]`: whether the fault suite has teeth.

Each patch in `patches/` breaks one promise of the service in a copy of this tree. The tests that it names must fail
there; without it they must pass. What a patch breaks, and who notices, stands at its top.
"""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PATCHES = Path(__file__).parent / "patches"
NOTICED_BY = "Noticed by: "
PASSED, FAILED = 0, 1
LAST_LINES = 40


@dataclass(frozen=True)
class Mutant:
    name: str
    breaks: str
    """What is broken, in a sentence or two."""
    noticed_by: list[str]
    """The tests that must fail, as pytest names them."""

    @classmethod
    def read(cls, patch: Path) -> "Mutant":
        """Raises ValueError if nobody is named who notices it."""
        about, separator, rest = patch.read_text().partition(NOTICED_BY)
        if not separator:
            raise ValueError(f"{patch.name} says nowhere {NOTICED_BY!r}")
        return cls(patch.stem, " ".join(about.split()), shlex.split(rest.splitlines()[0]))

    @property
    def patch(self) -> Path:
        return PATCHES / f"{self.name}.patch"


def mutants() -> list[Mutant]:
    return [Mutant.read(patch) for patch in sorted(PATCHES.glob("*.patch"))]


def copy_tree(target: Path) -> None:
    """What git knows of, or would, as it stands in the working tree."""
    listed = _git("ls-files", "-z", "--cached", "--others", "--exclude-standard", at=REPOSITORY)
    for name in filter(None, listed.split("\0")):
        source = REPOSITORY / name
        if source.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)


def apply(mutant: Mutant, tree: Path) -> None:
    """Raises CalledProcessError if the code has moved on from under the patch."""
    _git("apply", str(mutant.patch), at=tree)


def run_tests(tree: Path, tests: list[str]) -> "subprocess.CompletedProcess[str]":
    """In `tree`, whose code comes before that of the repository which the environment has installed."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-rfE", "--no-header", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tree), str(tree / "client")])}
    return subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)


def _git(*arguments: str, at: Path) -> str:
    return subprocess.run(["git", *arguments], cwd=at, check=True, capture_output=True, text=True).stdout


def _tried(tree: Path, name: str, tests: list[str], expected: int) -> bool:
    begun = time.monotonic()
    run = run_tests(tree, tests)
    noticed = next((line for line in run.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))), "")
    verdict = {PASSED: "green", FAILED: "red"}.get(run.returncode, f"broken (pytest ended with {run.returncode})")
    print(f"{name:<32} {verdict:<6} {time.monotonic() - begun:4.0f} s  {noticed[:120]}", flush=True)
    if run.returncode != expected:
        print("\n".join(run.stdout.splitlines()[-LAST_LINES:] + run.stderr.splitlines()[-LAST_LINES:]), flush=True)
    return run.returncode == expected


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("names", nargs="*", help="beginnings of the names of some; by default all")
    names = tuple(parser.parse_args().names) or ("",)
    chosen = [mutant for mutant in mutants() if mutant.name.startswith(names)]
    if not chosen:
        parser.error("no mutant is called that")
    with tempfile.TemporaryDirectory(prefix="photochrom-mutants-") as folder:
        untouched = Path(folder) / "untouched"
        copy_tree(untouched)
        tests = list(dict.fromkeys(test for mutant in chosen for test in mutant.noticed_by))
        if not _tried(untouched, "as it is", tests, PASSED):
            return 1
        red = 0
        for mutant in chosen:
            tree = Path(folder) / mutant.name
            shutil.copytree(untouched, tree)
            apply(mutant, tree)
            red += _tried(tree, mutant.name, mutant.noticed_by, FAILED)
            shutil.rmtree(tree)
    print(f"{red} of {len(chosen)} mutants turned the suite red.")
    return 0 if red == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
