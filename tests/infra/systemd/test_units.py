"""The systemd units are valid, and start what exists."""

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]
UNITS = sorted((REPOSITORY / "infra" / "systemd").glob("*.service"))
PYTHON = "/opt/photochrom/.venv/bin/python"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_has_nothing_to_complain_of(unit: Path, tmp_path: Path) -> None:
    installed = tmp_path / unit.name
    installed.write_text(unit.read_text().replace(PYTHON, sys.executable))

    verified = subprocess.run(
        ["systemd-analyze", "verify", str(installed)], capture_output=True, text=True, timeout=60, check=False
    )

    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_starts_modules_that_exist(unit: Path) -> None:
    modules = re.findall(rf"{PYTHON} -m ([\w.]+)", unit.read_text())

    assert modules
    assert all(importlib.util.find_spec(module) for module in modules)


def test_the_guide_names_every_unit() -> None:
    guide = (REPOSITORY / "docs" / "operations.md").read_text()

    assert UNITS
    assert [unit.name for unit in UNITS if f"`{unit.stem}" not in guide] == []


@pytest.mark.parametrize("instance", ["bulk", "bulk-2", "interactive-10"])
def test_the_instance_of_a_worker_is_its_role_with_a_number(instance: str) -> None:
    unit = (REPOSITORY / "infra" / "systemd" / "photochrom-worker@.service").read_text()
    script = re.search(r"^ExecStart=/bin/sh -c '(.*)' %i$", unit, re.MULTILINE)
    assert script
    # systemd's own escapes, and a program that prints the role.
    shell = script[1].replace("%%", "%").replace("$$", "$").replace(f"exec {PYTHON} -m worker --role", "echo")

    shown = subprocess.run(["/bin/sh", "-c", shell, instance], capture_output=True, text=True, check=True).stdout

    assert shown.strip() == instance.partition("-")[0]
