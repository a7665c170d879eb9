"""The client as a distribution: what an integrator's environment gets from `pip install ./client`."""

import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path
from zipfile import ZipFile

import photochrom
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
CLIENT = REPOSITORY / "client"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    """Built without network access, and from a copy: a build leaves folders beside its `pyproject.toml`."""
    folder = tmp_path_factory.mktemp("wheel")
    copy = shutil.copytree(CLIENT, folder / "client", ignore=shutil.ignore_patterns("build", "*.egg-info", "*.pyc"))
    build = "from sys import argv; from setuptools import build_meta; build_meta.build_wheel(argv[1])"
    subprocess.run([sys.executable, "-c", build, str(folder)], cwd=copy, check=True, stdout=subprocess.DEVNULL)
    (path,) = folder.glob("*.whl")
    return ZipFile(path)


def test_the_wheel_holds_the_package_photochrom_and_nothing_else(wheel: ZipFile):
    modules = {path.relative_to(CLIENT).as_posix() for path in CLIENT.glob("photochrom/**/*.py")}
    packaged = {name for name in wheel.namelist() if ".dist-info/" not in name}

    assert packaged == {*modules, "photochrom/py.typed"}


def test_the_wheel_has_the_version_of_the_package_its_license_and_its_command(wheel: ZipFile):
    info = f"photochrom_client-{photochrom.__version__}.dist-info"

    assert f"{info}/licenses/LICENSE" in wheel.namelist()
    assert "photochrom = photochrom.cli:main" in wheel.read(f"{info}/entry_points.txt").decode()


@pytest.mark.parametrize("distribution", ["photochrom-client", "photochrom-server"])
def test_both_distributions_have_the_version_of_the_package(distribution: str):
    assert version(distribution) == photochrom.__version__


def test_the_server_does_not_own_the_package():
    find = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"]

    assert find["where"] == ["."]
    assert not any(pattern.startswith(("photochrom", "client", "*")) for pattern in find["include"])
