"""The mutants themselves: `make test-mutants` runs them; here it is enough that they could be run."""

from pathlib import Path

import pytest

from tests.mutants.__main__ import REPOSITORY, Mutant, _git, mutants


@pytest.mark.parametrize("mutant", mutants(), ids=lambda mutant: mutant.name)
def test_a_mutant_still_fits_the_code(mutant: Mutant) -> None:
    _git("apply", "--check", str(mutant.patch), at=REPOSITORY)


@pytest.mark.parametrize("mutant", mutants(), ids=lambda mutant: mutant.name)
def test_who_notices_a_mutant_is_there(mutant: Mutant) -> None:
    files = [test.split("::")[0] for test in mutant.noticed_by if test.startswith("tests/")]

    assert files
    assert all(Path(REPOSITORY, file).is_file() for file in files)


def test_there_are_ten() -> None:
    assert len(mutants()) == 10
