"""Names describe their values: a reader of `found` would have to look up what was found."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
CONTENTLESS = frozenset({"told", "said", "say", "found", "wanted", "one", "own", "asked", "seen", "heard"})


def files_by_room() -> dict[str, list[Path]]:
    """The tracked Python files of each room. The tests of a room are a separate room."""
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    rooms: dict[str, list[Path]] = {}
    for path in map(Path, listed.stdout.splitlines()):
        depth = 2 if path.parts[0] == "tests" and len(path.parts) > 2 else 1
        rooms.setdefault("/".join(path.parts[:depth]), []).append(REPOSITORY / path)
    return rooms


def bindings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The line and the name of every binding."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield node.lineno, name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield node.lineno, name
            case ast.alias(asname=str(name)) | ast.ExceptHandler(name=str(name)):
                yield node.lineno, name
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                yield node.lineno, name


def contentless(source: str) -> list[tuple[int, str]]:
    return [(line, name) for line, name in bindings(ast.parse(source)) if name.strip("_").lower() in CONTENTLESS]


ROOMS = files_by_room()


@pytest.mark.parametrize(
    "source",
    [
        "found = 1",
        "found: int = 1",
        "for found in []: pass",
        "[found for found in []]",
        "with open('a') as found: pass",
        "if found := 1: pass",
        "self.found = 1",
        "_found = 1",
        "FOUND = 1",
        "import os as found",
        "def found(): pass",
        "async def found(): pass",
        "class Found: pass",
        "lambda found: 1",
        "def find(*, found=None): pass",
        "def find(*found): pass",
        "def find(**found): pass",
        "try: pass\nexcept OSError as found: pass",
        "match 1:\n    case found: pass",
        "match 1:\n    case [*found]: pass",
        "match 1:\n    case {**found}: pass",
    ],
)
def test_every_kind_of_binding_is_noticed(source: str) -> None:
    assert [name.strip("_").lower() for _, name in contentless(source)] == ["found"]


def test_other_names_and_uses_are_allowed() -> None:
    assert contentless("profound = found(one_page, said=1).own\nfrom place import seen") == []


@pytest.mark.parametrize("files", ROOMS.values(), ids=ROOMS)
def test_no_name_is_contentless(files: list[Path]) -> None:
    assert [
        f"{path.relative_to(REPOSITORY)}:{line}: {name}"
        for path in files
        if path.exists()
        for line, name in contentless(path.read_text(encoding="utf-8"))
    ] == []
