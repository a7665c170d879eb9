"""The page leaves out what the service would skip as a file of the system: both know the same names."""

import json
import re

from shared.archives import skipping
from tests.fixtures.stack import REPOSITORY

PAGE = REPOSITORY / "web" / "src" / "upload" / "clutter.ts"


def names_of_page(constant: str) -> set[str]:
    match = re.search(rf"export const {constant} = \[(.*?)\];", PAGE.read_text(), re.DOTALL)
    assert match, constant
    return set(json.loads(f"[{match[1].strip().rstrip(',')}]"))


def test_the_page_knows_the_same_clutter() -> None:
    assert names_of_page("SYSTEM_FOLDERS") == skipping._SYSTEM_FOLDERS
    assert names_of_page("SYSTEM_FILES") == skipping._SYSTEM_FILES
    assert names_of_page("SYSTEM_BEGINNINGS") == set(skipping._SYSTEM_BEGINNINGS)
    assert names_of_page("SYSTEM_ENDS") == set(skipping._SYSTEM_ENDS)
