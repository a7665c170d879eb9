"""`python -m tests.mutants [NAME…]`: mutation tests of the fault suite.

Each patch in `patches/` breaks one promise of the service in a copy of this tree. The tests that it names must fail
with the patch and pass without it. The top of a patch describes what it breaks and names these tests.
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
    """The promise that it breaks, in a sentence or two."""
    noticed_by: list[str]
    """The pytest ids of the tests that must fail."""

    @classmethod
    def read(cls, patch: Path) -> "Mutant":
        """Raises ValueError if the patch names no test."""
        about, separator, rest = patch.read_text().partition(NOTICED_BY)
        if not separator:
            raise ValueError(f"{patch.name} has no line {NOTICED_BY!r}. Add one with the tests that must fail.")
        return cls(patch.stem, " ".join(about.split()), shlex.split(rest.splitlines()[0]))

    @property
    def patch(self) -> Path:
        return PATCHES / f"{self.name}.patch"


def mutants() -> list[Mutant]:
    return [Mutant.read(patch) for patch in sorted(PATCHES.glob("*.patch"))]


def copy_tree(target: Path) -> None:
    """Copy the working tree without the files that git ignores."""
    listed = _git("ls-files", "-z", "--cached", "--others", "--exclude-standard", at=REPOSITORY)
    for name in filter(None, listed.split("\0")):
        source = REPOSITORY / name
        if source.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)


def apply(mutant: Mutant, tree: Path) -> None:
    """Raises CalledProcessError if the patch no longer applies to the code."""
    _git("apply", str(mutant.patch), at=tree)


def run_tests(tree: Path, tests: list[str]) -> "subprocess.CompletedProcess[str]":
    """Run them in `tree`, whose code takes precedence over the repository that is installed in the environment."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-rfE", "--no-header", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tree), str(tree / "client")])}
    return subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)


def _git(*arguments: str, at: Path) -> str:
    return subprocess.run(["git", *arguments], cwd=at, check=True, capture_output=True, text=True).stdout


def _tried(tree: Path, name: str, tests: list[str], expected: int) -> bool:
    begun = time.monotonic()
    run = run_tests(tree, tests)
    noticed = next((line for line in run.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))), "")
    verdict = {PASSED: "green", FAILED: "red"}.get(run.returncode, f"broken (pytest exited with {run.returncode})")
    print(f"{name:<32} {verdict:<6} {time.monotonic() - begun:4.0f} s  {noticed[:120]}", flush=True)
    if run.returncode != expected:
        print("\n".join(run.stdout.splitlines()[-LAST_LINES:] + run.stderr.splitlines()[-LAST_LINES:]), flush=True)
    return run.returncode == expected


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("names", nargs="*", help="prefixes of mutant names (default: all)")
    names = tuple(parser.parse_args().names) or ("",)
    chosen = [mutant for mutant in mutants() if mutant.name.startswith(names)]
    if not chosen:
        parser.error(f"No mutant has a name that starts with {' or '.join(names)}. See tests/mutants/patches.")
    with tempfile.TemporaryDirectory(prefix="photochrom-mutants-") as folder:
        untouched = Path(folder) / "untouched"
        copy_tree(untouched)
        tests = list(dict.fromkeys(test for mutant in chosen for test in mutant.noticed_by))
        if not _tried(untouched, "unpatched", tests, PASSED):
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
