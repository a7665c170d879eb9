"""E: second directories of a TIFF that are no second page."""

from tests.cases.case import Case
from tests.cases.pictures import EXACT, LUMA, check_of
from tests.cases.tiff_files import page, tiff


def one_directory() -> bytes:
    return tiff(page(LUMA))


CASES = [
    Case(
        letter="E",
        name="one_directory.tif",
        situation="The control: a TIFF of one directory, without anything special.",
        right=EXACT,
        check=check_of(one_directory),
    ),
]
