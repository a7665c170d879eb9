"""The mutants can be run: their patches apply and name tests. `make test-mutants` runs them."""

from pathlib import Path

import pytest

from tests.mutants.__main__ import REPOSITORY, Mutant, _git, mutants


@pytest.mark.parametrize("mutant", mutants(), ids=lambda mutant: mutant.name)
def test_a_patch_applies_to_the_code(mutant: Mutant) -> None:
    _git("apply", "--check", str(mutant.patch), at=REPOSITORY)


@pytest.mark.parametrize("mutant", mutants(), ids=lambda mutant: mutant.name)
def test_the_test_files_that_a_patch_names_exist(mutant: Mutant) -> None:
    files = [test.split("::")[0] for test in mutant.noticed_by if test.startswith("tests/")]

    assert files
    assert all(Path(REPOSITORY, file).is_file() for file in files)


def test_there_are_ten() -> None:
    assert len(mutants()) == 10
