"""The rendered manifests conform to the schemas of Kubernetes and of KEDA, without unknown fields."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.compose.tools import INSTALLED, REPOSITORY, tool
from tests.infra.kubernetes.rendering import OVERLAYS, Manifest, manifests

KEDA_MODELS = Path(__file__).with_name("keda_models.py")


def validate_by_kubernetes(resources: list[Manifest], folder: Path) -> subprocess.CompletedProcess[str]:
    path = folder / "manifests.yaml"
    path.write_text(yaml.safe_dump_all(resources))
    command = [tool("kubernetes-validate"), "--strict", "-k", "1.37", str(path)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def validate_by_keda(scaled: list[Manifest]) -> subprocess.CompletedProcess[str]:
    tool("kubernetes-validate")  # The same environment.
    command = [str(INSTALLED / "python"), str(KEDA_MODELS)]
    return subprocess.run(command, input=json.dumps(scaled), capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_kubernetes_accepts_all_but_the_scaled_objects(overlay: str, tmp_path: Path) -> None:
    core = [each for each in manifests(overlay) if each["kind"] != "ScaledObject"]

    done = validate_by_kubernetes(core, tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert (done.stdout + done.stderr).count("passed for resource") == len(core)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_keda_accepts_the_scaled_objects(overlay: str) -> None:
    scaled = manifests(overlay, "ScaledObject")

    done = validate_by_keda(scaled)

    assert len(scaled) == 3
    assert (done.returncode, done.stderr) == (0, "")


def test_unknown_fields_are_noticed(tmp_path: Path) -> None:
    deployment: Any = manifests("cpu", "Deployment")[0]
    deployment["spec"]["template"]["spec"]["terminationGracePeriod"] = 30
    scaled: Any = manifests("cpu", "ScaledObject")
    scaled[0]["spec"]["fallback"]["replica"] = 2

    assert validate_by_kubernetes([deployment], tmp_path).returncode != 0
    assert "spec.fallback.replica" in validate_by_keda(scaled).stderr


def test_an_unknown_behavior_of_the_fallback_is_noticed() -> None:
    scaled: Any = manifests("cpu", "ScaledObject")
    scaled[0]["spec"]["fallback"]["behavior"] = "currentReplicasIfLarger"

    assert "spec.fallback.behavior" in validate_by_keda(scaled).stderr


def test_the_patch_of_the_guide_keeps_one_interactive_worker(tmp_path: Path) -> None:
    (patch,) = re.findall(r"```yaml\n(.*?)```", (REPOSITORY / "docs" / "fleet.md").read_text(), re.DOTALL)
    shutil.copytree(REPOSITORY / "infra" / "kubernetes", tmp_path / "infra" / "kubernetes")
    shutil.copytree(REPOSITORY / "infra" / "monitoring", tmp_path / "infra" / "monitoring")
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "kustomization.yaml").write_text(f"resources: [../infra/kubernetes/overlays/gpu]\n{patch}")

    command = [tool("kubectl"), "kustomize", str(mine)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)

    scaled = [each for each in yaml.safe_load_all(done.stdout) if each["kind"] == "ScaledObject"]
    least = {each["metadata"]["name"]: each["spec"]["minReplicaCount"] for each in scaled}
    assert least == {"worker-ingest": 0, "worker-interactive": 1, "worker-bulk": 0}
